// serve.mjs FOLDER PORT -- an OpenID Connect server that gives JWTs to clients for their credentials,
// signed as the resource's name says: urn:RS256, urn:ES256 and so on.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.argv[2] + "/");
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));
const port = Number(process.argv[3]);

const kinds = {
  RS256: ["rsa", { modulusLength: 2048 }],
  PS256: ["rsa", { modulusLength: 2048 }],
  ES256: ["ec", { namedCurve: "P-256" }],
  EdDSA: ["ed25519", {}],
};
const jwk = ([alg, [kind, options]]) => {
  const { privateKey } = generateKeyPairSync(kind, options);
  return { ...privateKey.export({ format: "jwk" }), alg, kid: "key-" + alg, use: "sig" };
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: Object.entries(kinds).map(jwk) },
  clients: [
    {
      client_id: "machine",
      client_secret: "secret-of-the-machine",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    },
  ],
  scopes: ["items/read", "items/write"],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "urn:RS256",
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => ({
        scope: "items/read items/write",
        audience: "shop",
        accessTokenTTL: 600,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: resource.replace("urn:", "") } },
      }),
    },
  },
});
createServer(provider.callback()).listen(port, "127.0.0.1");
