// ask.mjs FOLDER ENDPOINT -- the Cognito client of the AWS SDK: each line of input is [command, input],
// each line of output its answer.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const sdk = require("@aws-sdk/client-cognito-identity-provider");
const client = new sdk.CognitoIdentityProviderClient({
  endpoint: process.argv[3],
  region: "eu-west-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "test" },
  maxAttempts: 1,
});

for await (const line of createInterface({ input: process.stdin })) {
  const [command, input] = JSON.parse(line);
  try {
    const answer = await client.send(new sdk[command + "Command"](input));
    console.log(JSON.stringify(answer));
  } catch (error) {
    console.log(JSON.stringify({ error: error.name, message: error.message }));
  }
}
