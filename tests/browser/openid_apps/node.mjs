// Express with openid-client, the strictest of the clients.
import express from 'express';
import session from 'express-session';
import * as client from 'openid-client';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, ORIGIN, PORT } = process.env;
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: [client.allowInsecureRequests],
});
const app = express();
app.use(session({ secret: CLIENT_SECRET, resave: false, saveUninitialized: true }));

app.get('/', async (request, response) => {
  if (request.session.user) return response.send(`Signed in as ${request.session.user}`);
  const verifier = client.randomPKCECodeVerifier();
  const waiting = { verifier, state: client.randomState(), nonce: client.randomNonce() };
  request.session.waiting = waiting;
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: `${ORIGIN}/callback`,
    scope: 'openid profile',
    state: waiting.state,
    nonce: waiting.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  response.redirect(url.href);
});

app.get('/callback', async (request, response) => {
  const { verifier, state, nonce } = request.session.waiting;
  const tokens = await client.authorizationCodeGrant(config, new URL(request.url, ORIGIN), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const user = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  request.session.user = user.preferred_username;
  response.redirect('/');
});

app.listen(Number(PORT), '127.0.0.1');
