// openid-client: discovery, client credentials with secrets and keys, userinfo, introspection, revocation.
import * as client from 'openid-client'
import { assert, fixture, issuer, ok, webCryptoKey } from './fixture.mjs'

const scope = 'openid profile'
const { billing, reports, api, billing_key: key, api_key: apiKey } = fixture

const withBasic = await client.discovery(issuer, billing.clientId, {}, client.ClientSecretBasic(billing.clientSecret))
ok('discovery')
const withPost = await client.discovery(issuer, billing.clientId, {}, client.ClientSecretPost(billing.clientSecret))
const withKey = await client.discovery(
  issuer, 'billing', {}, client.PrivateKeyJwt({ key: await webCryptoKey(key), kid: key.keyId }))
const byUserId = await client.discovery(
  issuer, key.userId, {}, client.PrivateKeyJwt({ key: await webCryptoKey(key), kid: key.keyId }))

for (const [method, config] of Object.entries({ withBasic, withPost, withKey, byUserId })) {
  const tokens = await client.clientCredentialsGrant(config, { scope })
  assert(tokens.token_type === 'bearer' && tokens.expires_in > 43000, JSON.stringify(tokens))
  const info = await client.fetchUserInfo(config, tokens.access_token, key.userId)
  assert(info.preferred_username === 'billing', JSON.stringify(info))
  ok(`client credentials ${method}, userinfo`)
}

const asApi = await client.discovery(issuer, api.clientId, {}, client.ClientSecretBasic(api.clientSecret))
const asKeyApi = await client.discovery(
  issuer, apiKey.clientId, {}, client.PrivateKeyJwt({ key: await webCryptoKey(apiKey), kid: apiKey.keyId }))
const tokens = await client.clientCredentialsGrant(withBasic, { scope })
for (const config of [asApi, asKeyApi]) {
  const seen = await client.tokenIntrospection(config, tokens.access_token)
  assert(seen.active && seen.username === 'billing', JSON.stringify(seen))
}
ok('introspection with a secret and with a key')
await client.tokenRevocation(withKey, tokens.access_token)
const dead = await client.tokenIntrospection(asApi, tokens.access_token)
assert(dead.active === false && Object.keys(dead).length === 1, JSON.stringify(dead))
ok('revocation')

// A JWT user with an id token, which the library validates by itself.
const jwtUser = await client.discovery(issuer, reports.clientId, {}, client.ClientSecretBasic(reports.clientSecret))
const granted = await client.clientCredentialsGrant(jwtUser, { scope, resource: 'https://orders.example.com' })
assert(granted.access_token.split('.').length === 3 && granted.id_token, JSON.stringify(granted))
const claims = granted.claims()
assert(claims.exp > claims.iat && claims.preferred_username === 'reports', JSON.stringify(claims))
ok('JWT access token with id token and resource')

for (const [secret, why] of [['wrong', 'a wrong secret'], ['jeton_cs_wrong', 'junk']]) {
  const config = await client.discovery(issuer, billing.clientId, {}, client.ClientSecretBasic(secret))
  const error = await client.clientCredentialsGrant(config, { scope }).then(() => undefined, (error) => error)
  assert(error?.status === 401, `${why}: ${error}`)
}
ok('refusals are understood')
