// Names of the management API's services.

export const USERS = "zitadel.user.v2.UserService";
export const PROJECTS = "zitadel.project.v2.ProjectService";
export const APPLICATIONS = "zitadel.application.v2.ApplicationService";
export const AUTHORIZATIONS = "zitadel.authorization.v2.AuthorizationService";
export const ORGANIZATIONS = "zitadel.org.v2.OrganizationService";
export const ADMINISTRATORS = "zitadel.internal_permission.v2.InternalPermissionService";
export const WEB_KEYS = "zitadel.webkey.v2.WebKeyService";
export const OWN_USERS = "jeton.user.v1.UserService";
export const TOKEN_KEYS = "jeton.tokenkey.v1.TokenKeyService";
export const OWN_WEB_KEYS = "jeton.webkey.v1.WebKeyService";
export const TOKENS = "jeton.token.v1.TokenService";
export const CREDENTIALS = "jeton.credential.v1.CredentialService";
export const SERVER = "jeton.server.v1.ServerService";
export const AUDIT = "jeton.audit.v1.AuditService";
