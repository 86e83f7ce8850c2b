//! Metadata of users: `SetUserMetadata`, `ListUserMetadata`, `DeleteUserMetadata`.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use super::json::metadata_filters;
use super::json::{parse_metadata, parse_metadata_keys};
use super::pages::Cut;
use jeton_api::calls::user;
use jeton_api::metadata::{DeleteUserMetadata, ListUserMetadata, Metadata, MetadataSet, SetUserMetadata};
use jeton_api::values::{Date, Deleted, MetadataEntry};
use jeton_domain::admin::ClientUpdate;
use jeton_domain::permission::Permission;
use jeton_domain::refusal::OperationError;
use jeton_domain::text::Text;

impl Handle for user::SetUserMetadata {
    async fn handle(call: &Call, request: SetUserMetadata) -> Result<MetadataSet, ApiError> {
        let known = call.user(&request.user_id, Permission::UserWrite)?;
        let notes = parse_metadata(&request.metadata)?;
        let now = call.now();
        call.update(known.client.id, ClientUpdate::SetMetadata(notes), now).await?;
        Ok(MetadataSet { set_date: Date(now) })
    }
}

impl Handle for user::ListUserMetadata {
    async fn handle(call: &Call, request: ListUserMetadata) -> Result<Metadata, ApiError> {
        let known = call.user(&request.user_id, Permission::UserRead)?;
        let user = known.client.service_user().ok_or(OperationError::NotAServiceUser)?;
        let filters = metadata_filters(&request.filters)?;
        let is_wanted = |key: &Text| filters.iter().all(|filter| filter.matches(key.as_str()));
        let notes = user.metadata.iter().filter(|(key, _)| is_wanted(key));
        let Cut { pagination, found, next_page_token } =
            call.page_tokens().cut(&request.pagination, "metadata", notes, |(key, _)| key.to_string())?;
        let metadata = found.into_iter().map(|(key, value)| MetadataEntry::of(key, value)).collect();
        Ok(Metadata { pagination, metadata, next_page_token })
    }
}

impl Handle for user::DeleteUserMetadata {
    async fn handle(call: &Call, request: DeleteUserMetadata) -> Result<Deleted, ApiError> {
        let known = call.user(&request.user_id, Permission::UserWrite)?;
        let keys = parse_metadata_keys(&request.keys)?;
        let now = call.now();
        call.update(known.client.id, ClientUpdate::DeleteMetadata(keys), now).await?;
        Ok(Deleted::at(now))
    }
}
