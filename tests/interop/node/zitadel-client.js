// ZITADEL's official client for JavaScript. Its own two transports speak gRPC and gRPC-Web, which Jeton
// does not support; its clients work unchanged over Connect's transport. It has the v2 services of users,
// organizations and web keys.
import { createConnectTransport } from '@connectrpc/connect-web'
import { NewAuthorizationBearerInterceptor, createClientFor } from '@zitadel/client'
import { createOrganizationServiceClient, createUserServiceClient } from '@zitadel/client/v2'
import { WebKeyService } from '@zitadel/proto/zitadel/webkey/v2/webkey_service_pb.js'
import { assert, fixture, issuer, ok } from './fixture.mjs'

const as = (token) =>
  createConnectTransport({ baseUrl: issuer.origin, interceptors: [NewAuthorizationBearerInterceptor(token)] })
const transport = as(fixture.owner.token)
const users = createUserServiceClient(transport)
const organizations = createOrganizationServiceClient(transport)

const refused = async (code, call) => {
  try {
    await call()
  } catch (error) {
    assert(error.code === code, `code ${error.code}: ${error.message}`)
    return
  }
  throw new Error('it was not refused')
}

const { organizationId } = await organizations.addOrganization({ name: 'JavaScript' })
const { id: userId } = await users.createUser({
  organizationId,
  username: 'js-machine',
  userType: { case: 'machine', value: { name: 'JS machine' } },
})
const { user } = await users.getUserByID({ userId })
assert(user.username === 'js-machine' && user.type.case === 'machine', 'the user')
assert(user.details.resourceOwner === organizationId && user.details.sequence > 0n, 'its details')
await refused(5, () => users.getUserByID({ userId: '999' }))
await refused(6, () =>
  users.createUser({
    organizationId,
    username: 'js-machine',
    userType: { case: 'machine', value: { name: 'again' } },
  }),
)
const found = await users.listUsers({
  query: { limit: 10 },
  queries: [{ query: { case: 'userNameQuery', value: { userName: 'js-machine' } } }],
})
assert(found.result.length === 1 && found.details.totalResult === 1n, 'the listing')
ok('users')

const { clientSecret } = await users.addSecret({ userId })
const answer = await fetch(new URL('/oauth/v2/token', issuer), {
  method: 'POST',
  headers: { authorization: `Basic ${btoa(`js-machine:${clientSecret}`)}` },
  body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'openid' }),
})
assert(answer.status === 200, 'the secret works')
const { tokenId } = await users.addPersonalAccessToken({ userId })
const { result } = await users.listPersonalAccessTokens({
  filters: [{ filter: { case: 'userIdFilter', value: { id: userId } } }],
})
assert(result.length === 1 && result[0].id === tokenId, 'the tokens')
await users.removePersonalAccessToken({ userId, tokenId })
await users.removeSecret({ userId })
ok('secrets and personal access tokens')

const keys = await createClientFor(WebKeyService)(transport).listWebKeys({})
assert(keys.webKeys.length > 0, 'the keys')
await users.lockUser({ userId })
await users.unlockUser({ userId })
await users.deleteUser({ userId })
await refused(5, () => users.getUserByID({ userId }))
const other = createUserServiceClient(as('junk'))
await refused(16, () => other.listUsers({}))
ok('cleaned up; refusals have their codes')
