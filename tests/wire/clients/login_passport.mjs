// passport-facebook in Passport: it signs in with a proof of the app's secret.
import { once } from "node:events";
import readline from "node:readline";
import passport from "passport";
import { Strategy } from "passport-facebook";

const options = {
  clientID: process.env.WIRE_APP_ID,
  clientSecret: process.env.WIRE_APP_SECRET,
  callbackURL: process.env.WIRE_BACK,
  enableProof: true,
  profileFields: ["id", "displayName", "emails"],
};
passport.use(new Strategy(options, (accessToken, refreshToken, profile, done) => done(null, profile)));

// One visit of a browser: gives where it is sent on, or who signed in.
const visit = (query) =>
  new Promise((resolve, reject) => {
    const response = { setHeader: (name, value) => resolve(value), end: () => {} };
    const decide = (error, user) => (error ? reject(error) : resolve(user));
    passport.authenticate("facebook", { scope: ["email"], session: false }, decide)({ query }, response, reject);
  });

console.log(JSON.stringify({ facebook: await visit({}) }));
const [back] = await once(readline.createInterface(process.stdin), "line");
const person = await visit(Object.fromEntries(new URL(back).searchParams));
console.log(JSON.stringify({ id: person.id, name: person.displayName, email: person.emails[0].value }));
