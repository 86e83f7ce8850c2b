// Shapes of the management API's requests and replies, as far as the pages use them.

export interface Details {
  sequence: string;
  changeDate: string;
  creationDate: string;
  resourceOwner: string;
}

export interface Organization {
  id: string;
  details: Details;
  state: string;
  name: string;
  primaryDomain: string;
}

export interface Administrator {
  creationDate: string;
  user: { id: string; preferredLoginName: string; displayName: string };
  roles: string[];
  instance?: boolean;
  organization?: { id: string; name: string };
  project?: { id: string; name: string };
}

export interface Machine {
  name: string;
  description: string;
  accessTokenType: string;
  hasSecret: boolean;
  tokenLifetime?: string;
  allowedScopes?: string[];
  allowedAudiences?: string[];
  defaultScopes?: string[];
}

export interface User {
  userId: string;
  username: string;
  state: string;
  details: Details;
  machine: Machine;
}

export interface Secret {
  secretId: string;
  label: string;
  state: string;
  creationDate: string;
  expirationDate?: string;
  lastUseDate?: string;
  revocationDate?: string;
}

export interface NewSecret {
  clientId: string;
  clientSecret: string;
  secretId: string;
  expirationDate?: string;
}

/** A credential that ends soon. */
export interface ExpiringCredential {
  credentialId: string;
  type: string;
  label: string;
  userId: string;
  username: string;
  expirationDate?: string;
}

/** A key or a personal access token. */
export interface Credential {
  id: string;
  algorithm?: string;
  creationDate: string;
  expirationDate?: string;
}

export interface Project {
  projectId: string;
  organizationId: string;
  name: string;
  state: string;
  creationDate: string;
  changeDate: string;
  sequence: string;
  projectRoleAssertion: boolean;
  authorizationRequired: boolean;
  projectAccessRequired: boolean;
}

export interface Role {
  key: string;
  displayName: string;
  group: string;
  creationDate: string;
}

export interface ProjectGrant {
  projectId: string;
  grantedOrganizationId: string;
  grantedOrganizationName: string;
  grantedRoleKeys: string[];
  state: string;
  creationDate: string;
  sequence: string;
}

export interface Application {
  applicationId: string;
  projectId: string;
  name: string;
  state: string;
  creationDate: string;
  sequence: string;
  apiConfiguration: { clientId: string; authMethodType: string; resource?: string };
}

export interface Authorization {
  id: string;
  state: string;
  user: { id: string; displayName: string; preferredLoginName: string };
  project: { id: string; name: string };
  roles: { key: string; displayName: string }[];
  creationDate: string;
}

export interface WebKey {
  id: string;
  state: string;
  algorithm: string;
  creationDate: string;
  changeDate: string;
  expirationDate?: string;
}

export interface TokenKey {
  id: string;
  state: string;
  creationDate: string;
  expirationDate?: string;
}

export interface AuditEvent {
  sequence: string;
  type: string;
  date: string;
  actor: { type: string; userId?: string; credentialId?: string };
  subjectId?: string;
  objectId?: string;
  note?: string;
}

/** Names of objects in events, by id. */
export type Names = Record<"users" | "applications" | "projects" | "organizations", Record<string, string>>;

export interface BrowserSession {
  sessionId: string;
  own: boolean;
  name: string;
  source: string;
  agent: string;
  began: string;
  seen: string;
}

export interface Statistics {
  startDate: string;
  unexpiredTokens: string;
  storeBytes: string;
  stepSeconds: number;
  points: { date: string; issued: number; introspections: number; refused: number }[];
  refusals: { reason: string; sentence: string; count: string }[];
}

export interface Explanation {
  active: boolean;
  kind: string;
  reason: string;
  sentence: string;
  introspection: object;
  userId?: string;
  username?: string;
  credentialId?: string;
  issued?: string;
  expires?: string;
}

export interface Refusal {
  date: string;
  endpoint: string;
  reason: string;
  sentence: string;
  source: string;
  count: string;
}
