// Auth.js: its Facebook provider signs in; the address of its Instagram provider is told. Then that provider with
// the address and permission of today (`today`), whose answer to a code the library does not take.
import { once } from "node:events";
import readline from "node:readline";
import { Auth, skipCSRFCheck } from "@auth/core";
import Facebook from "@auth/core/providers/facebook";
import Instagram from "@auth/core/providers/instagram";

const site = new URL(process.env.WIRE_BACK).origin;
const app = { clientId: process.env.WIRE_APP_ID, clientSecret: process.env.WIRE_APP_SECRET };
const authorization = {
  url: "https://www.instagram.com/oauth/authorize",
  params: { scope: "instagram_business_basic" },
};
const problems = [];
const config = {
  basePath: "/auth",
  logger: { error: (error) => problems.push(error.cause.err.message) },
  providers: [Facebook(app), Instagram(app), { ...Instagram({ ...app, authorization }), id: "today" }],
  secret: "of a test",
  skipCSRFCheck,
  trustHost: true,
};
const cookies = new Map();

async function visit(path, method = "GET") {
  const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
  const headers = { cookie, "content-type": "application/x-www-form-urlencoded" };
  const answer = await Auth(new Request(new URL(path, site), { method, headers }), config);
  for (const line of answer.headers.getSetCookie()) {
    const [name, value] = line.split(";")[0].split("=");
    cookies.set(name, value);
  }
  return answer;
}
const addressOf = async (provider) =>
  (await visit(`/auth/signin/${provider}`, "POST")).headers.get("location");

const addresses = {};
for (const provider of ["instagram", "facebook"]) addresses[provider] = await addressOf(provider);
console.log(JSON.stringify(addresses));

const lines = readline.createInterface(process.stdin);
const [back] = await once(lines, "line");
await visit(back);
console.log(JSON.stringify((await (await visit("/auth/session")).json()).user));

// Each sign-in has a `code_verifier` of its own in the cookies.
console.log(JSON.stringify({ today: await addressOf("today") }));
const [again] = await once(lines, "line");
await visit(again);
console.log(JSON.stringify({ problem: problems[0] }));
