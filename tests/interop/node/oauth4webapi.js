// oauth4webapi: the protocol one level lower, and the validation of RFC 9068.
import * as oauth from 'oauth4webapi'
import { assert, fixture, issuer, ok, webCryptoKey } from './fixture.mjs'

const { billing, reports, api, reports_key: key } = fixture
const discovered = {}
for (const algorithm of ['oidc', 'oauth2']) {
  const response = await oauth.discoveryRequest(issuer, { algorithm })
  discovered[algorithm] = await oauth.processDiscoveryResponse(issuer, response)
}
const as = discovered.oauth2
assert(JSON.stringify(as) === JSON.stringify(discovered.oidc), 'the documents differ')
ok('discovery in both places')

const user = { client_id: billing.clientId }
const basic = oauth.ClientSecretBasic(billing.clientSecret)
const ask = (client, auth, parameters) =>
  oauth.clientCredentialsGrantRequest(as, client, auth, new URLSearchParams(parameters))
const token = await oauth.processClientCredentialsResponse(as, user, await ask(user, basic, { scope: 'openid profile' }))
assert(token.scope === 'openid profile', JSON.stringify(token))
ok('client credentials')

const info = await oauth.processUserInfoResponse(
  as, user, oauth.skipSubjectCheck, await oauth.userInfoRequest(as, user, token.access_token))
assert(info.name === 'Billing worker', JSON.stringify(info))
ok('userinfo')

const caller = { client_id: api.clientId }
const callerAuth = oauth.ClientSecretPost(api.clientSecret)
const introspect = async (text) => oauth.processIntrospectionResponse(
  as, caller, await oauth.introspectionRequest(as, caller, callerAuth, text))
assert((await introspect(token.access_token)).active, 'not active')
await oauth.processRevocationResponse(await oauth.revocationRequest(as, user, basic, token.access_token))
assert(!(await introspect(token.access_token)).active, 'still active')
ok('introspection and revocation')

const withKey = oauth.PrivateKeyJwt({ key: await webCryptoKey(key), kid: key.keyId })
const reporter = { client_id: 'reports' }
const granted = await oauth.processClientCredentialsResponse(
  as, reporter, await ask(reporter, withKey, { scope: 'openid' }))
assert(granted.id_token, JSON.stringify(granted))
ok('private_key_jwt with id token')

const request = new Request('https://orders.example.com/', { headers: { authorization: `Bearer ${granted.access_token}` } })
const claims = await oauth.validateJwtAccessToken(as, request, fixture.project)
assert(claims.client_id === 'reports' && claims.scope === 'openid', JSON.stringify(claims))
ok('the access token is one of RFC 9068')

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = Math.floor(Date.now() / 1000)
const signed = `${encode({ alg: 'RS256', kid: key.keyId })}.${encode({
  iss: key.userId, sub: key.userId, aud: as.issuer, iat: now, exp: now + 60, jti: crypto.randomUUID(),
})}`
const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', await webCryptoKey(key), Buffer.from(signed))
const assertion = `${signed}.${Buffer.from(signature).toString('base64url')}`
const bearer = () => oauth.genericTokenEndpointRequest(
  as, reporter, oauth.None(), 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  new URLSearchParams({ assertion, scope: 'openid' }))
await oauth.processGenericTokenEndpointResponse(as, reporter, await bearer())
const replayed = await oauth.processGenericTokenEndpointResponse(as, reporter, await bearer())
  .then(() => undefined, (error) => error)
assert(replayed?.error === 'invalid_grant', `replay: ${replayed}`)
ok('JWT bearer grant, once')

const wrong = await ask(user, oauth.ClientSecretBasic(reports.clientSecret), { scope: 'openid' })
const refused = await oauth.processClientCredentialsResponse(as, user, wrong).then(() => undefined, (error) => error)
assert(refused instanceof oauth.WWWAuthenticateChallengeError || refused?.error === 'invalid_client', `${refused}`)
ok('a refusal is one of RFC 6749')
