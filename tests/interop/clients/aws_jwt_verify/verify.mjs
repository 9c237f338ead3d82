// verify.mjs FOLDER -- one line of JSON with the key set and the verifiers, then one line for each
// token: [verifier, token]. Answers each with "ACCEPT" or the name of the error.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const { CognitoJwtVerifier, JwtVerifier } = require("aws-jwt-verify");

function makeVerifier({ kind, jwks, ...options }) {
  const verifier = (kind === "cognito" ? CognitoJwtVerifier : JwtVerifier).create(options);
  verifier.cacheJwks(jwks);
  return verifier;
}

function judge(verifier, token) {
  try {
    verifier.verifySync(token);
    return "ACCEPT";
  } catch (error) {
    return error.constructor.name;
  }
}

let verifiers;
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (verifiers === undefined) {
    const make = ([name, options]) => [name, makeVerifier({ jwks: message.jwks, ...options })];
    verifiers = Object.fromEntries(Object.entries(message.verifiers).map(make));
  } else {
    console.log(judge(verifiers[message[0]], message[1]));
  }
}
