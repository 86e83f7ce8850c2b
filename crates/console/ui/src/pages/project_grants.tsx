// Grants of a project to other organizations.

import { change, changesOf, may } from "../api";
import { Empty } from "../components/basics";
import { ConfirmButton, DialogButton, FormDialog } from "../components/dialog";
import { TextField } from "../components/fields";
import { sinceColumn, stateColumn } from "../components/list";
import { ListSection } from "../components/list_layout";
import { Picker } from "../components/picker";
import { useForm, useListing, usePaging } from "../hooks";
import { useOrganizations } from "../organizations";
import { PROJECTS } from "../services";
import { organizationSource } from "../sources";
import type { ProjectGrant } from "../types";
import { RoleChecks } from "./authorizations";

export function ProjectGrantSection(props: { projectId: string }) {
  const { projectId } = props;
  const filters = [{ inProjectIdsFilter: { ids: [projectId] } }];
  const list = `${PROJECTS}/ListProjectGrants`;
  const grants = useListing<ProjectGrant>(list, { filters }, { rows: "projectGrants" }, usePaging(10));
  const canEdit = may("project.grant.write");
  return (
    <ListSection
      title="Grants to organizations"
      addLabel="Grant to organization"
      renderAddDialog={canEdit && ((onClose) => <NewGrantDialog projectId={projectId} onClose={onClose} />)}
      {...grants}
      label="grants to organizations"
      rowKey={(grant) => grant.grantedOrganizationId}
      empty={
        <Empty title="Not granted to other organizations">
          A granted organization's service users are treated as the project's own, and have the roles that the
          grant names.
        </Empty>
      }
      columns={[
        { title: "Organization", narrow: "bare", cell: nameOf },
        { title: "Roles", cell: (grant) => grant.grantedRoleKeys.join(", ") },
        stateColumn,
        sinceColumn,
      ]}
      actions={canEdit && ((grant) => <GrantActions grant={grant} />)}
    />
  );
}

const nameOf = (grant: ProjectGrant) => grant.grantedOrganizationName || grant.grantedOrganizationId;

function GrantActions(props: { grant: ProjectGrant }) {
  const { grant } = props;
  const { projectId, grantedOrganizationId, sequence } = grant;
  const name = `the grant to ${nameOf(grant)}`;
  const changeTo = changesOf(PROJECTS, { projectId, grantedOrganizationId }, sequence);
  const isActive = grant.state === "PROJECT_GRANT_STATE_ACTIVE";
  const verb = isActive ? "Deactivate" : "Activate";
  return (
    <>
      <DialogButton label="Change" name={name}>
        {(onClose) => <GrantDialog grant={grant} onClose={onClose} />}
      </DialogButton>
      <ConfirmButton
        label={verb}
        name={name}
        title={`${verb} ${name}?`}
        onConfirm={changeTo(`${verb}ProjectGrant`)}
      >
        {isActive
          ? "Neither it nor the roles that were given by it count until it is activated."
          : "The roles that were given by it count again."}
      </ConfirmButton>
      {may("project.grant.delete") && (
        <ConfirmButton
          label="Remove"
          name={name}
          title={`Remove ${name}?`}
          onConfirm={changeTo("DeleteProjectGrant")}
        >
          Its service users lose the roles that were given by it. A later grant does not bring them back.
        </ConfirmButton>
      )}
    </>
  );
}

function GrantDialog(props: { grant: ProjectGrant; onClose: () => void }) {
  const { projectId, grantedOrganizationId, grantedRoleKeys, sequence } = props.grant;
  const { values, field } = useForm({ roleKeys: grantedRoleKeys });
  const request = { projectId, grantedOrganizationId, ...values };
  const submit = changesOf(PROJECTS, request, sequence)("UpdateProjectGrant");
  const title = `Change the grant to ${nameOf(props.grant)}`;
  return (
    <FormDialog title={title} action="Save" onClose={props.onClose} onSubmit={submit}>
      <RoleChecks projectId={projectId} {...field("roleKeys")} />
    </FormDialog>
  );
}

/** The form for a grant. The organization is chosen by name if several are visible, else typed as an id. */
function NewGrantDialog(props: { projectId: string; onClose: () => void }) {
  const { projectId } = props;
  const { areSeveral } = useOrganizations();
  const { values, field } = useForm({ organization: [] as string[], id: "", roleKeys: [] as string[] });
  const submit = (key: string) => {
    const grantedOrganizationId = areSeveral ? values.organization[0] : values.id.trim();
    const request = { projectId, grantedOrganizationId, roleKeys: values.roleKeys };
    return change(`${PROJECTS}/CreateProjectGrant`, request, { key });
  };
  return (
    <FormDialog title="Grant to organization" action="Grant" onClose={props.onClose} onSubmit={submit}>
      {areSeveral ? (
        <Picker label="Organization" source={organizationSource} {...field("organization")} isRequired />
      ) : (
        <TextField label="Organization ID" {...field("id")} isRequired hasFocus maxLength={20} />
      )}
      <RoleChecks projectId={projectId} {...field("roleKeys")} />
    </FormDialog>
  );
}
