// Grants of a project to other organizations.

import { change, may, queryPage } from "../api";
import { Empty, Section, Time } from "../components/basics";
import { ConfirmButton, DialogButton, FormDialog } from "../components/dialog";
import { TextField } from "../components/fields";
import { List, stateColumn } from "../components/list";
import { Picker } from "../components/picker";
import { useForm, usePage, usePaging } from "../hooks";
import { useOrganizations } from "../organizations";
import { PROJECTS } from "../services";
import { organizationSource } from "../sources";
import type { ProjectGrant } from "../types";
import { RoleChecks } from "./authorizations";

export function ProjectGrantSection(props: { projectId: string }) {
  const { projectId } = props;
  const filters = [{ inProjectIdsFilter: { ids: [projectId] } }];
  const paging = usePaging(10);
  const grants = usePage(
    (page) =>
      queryPage<ProjectGrant>(`${PROJECTS}/ListProjectGrants`, { filters }, page, { rows: "projectGrants" }),
    paging,
    [projectId],
  );
  const mayWrite = may("project.grant.write");
  return (
    <Section
      title="Grants to organizations"
      action={
        mayWrite && (
          <DialogButton label="Grant to organization">
            {(close) => <NewGrant projectId={projectId} onClose={close} />}
          </DialogButton>
        )
      }
    >
      <List
        label="grants to organizations"
        query={grants}
        paging={paging}
        rowKey={(grant) => grant.grantedOrganizationId}
        empty={
          <Empty title="Not granted to other organizations">
            A granted organization's service users are treated as the project's own, and have the roles that
            the grant names.
          </Empty>
        }
        columns={[
          { title: "Organization", narrow: "bare", cell: nameOf },
          { title: "Roles", cell: (grant) => grant.grantedRoleKeys.join(", ") },
          stateColumn,
          { title: "Since", narrow: "hide", cell: (grant) => <Time at={grant.creationDate} /> },
        ]}
        actions={mayWrite ? (grant) => <GrantActions grant={grant} /> : undefined}
      />
    </Section>
  );
}

const nameOf = (grant: ProjectGrant) => grant.grantedOrganizationName || grant.grantedOrganizationId;

function GrantActions(props: { grant: ProjectGrant }) {
  const { grant } = props;
  const { projectId, grantedOrganizationId, sequence } = grant;
  const name = `the grant to ${nameOf(grant)}`;
  const act = (method: string) => (key: string) =>
    change(`${PROJECTS}/${method}`, { projectId, grantedOrganizationId }, { key, ifMatch: sequence });
  const isActive = grant.state === "PROJECT_GRANT_STATE_ACTIVE";
  return (
    <>
      <DialogButton label="Change" name={name}>
        {(close) => <ChangeGrant grant={grant} onClose={close} />}
      </DialogButton>
      {isActive ? (
        <ConfirmButton
          label="Deactivate"
          name={name}
          title={`Deactivate ${name}?`}
          onConfirm={act("DeactivateProjectGrant")}
        >
          Neither it nor the roles that were given by it count until it is activated.
        </ConfirmButton>
      ) : (
        <ConfirmButton
          label="Activate"
          name={name}
          title={`Activate ${name}?`}
          onConfirm={act("ActivateProjectGrant")}
        >
          The roles that were given by it count again.
        </ConfirmButton>
      )}
      {may("project.grant.delete") && (
        <ConfirmButton
          label="Remove"
          name={name}
          title={`Remove ${name}?`}
          onConfirm={act("DeleteProjectGrant")}
        >
          Its service users lose the roles that were given by it. A later grant does not bring them back.
        </ConfirmButton>
      )}
    </>
  );
}

function ChangeGrant(props: { grant: ProjectGrant; onClose: () => void }) {
  const { projectId, grantedOrganizationId, grantedRoleKeys, sequence } = props.grant;
  const { values, field } = useForm({ roleKeys: grantedRoleKeys });
  const submit = async (key: string) => {
    const request = { projectId, grantedOrganizationId, roleKeys: values.roleKeys };
    await change(`${PROJECTS}/UpdateProjectGrant`, request, { key, ifMatch: sequence });
    props.onClose();
  };
  const title = `Change the grant to ${nameOf(props.grant)}`;
  return (
    <FormDialog title={title} action="Save" onClose={props.onClose} onSubmit={submit}>
      <RoleChecks projectId={projectId} {...field("roleKeys")} />
    </FormDialog>
  );
}

/** The form for a grant. The organization is chosen by name if several are visible, else typed as an id. */
function NewGrant(props: { projectId: string; onClose: () => void }) {
  const { projectId } = props;
  const { areSeveral } = useOrganizations();
  const { values, field } = useForm({ named: [] as string[], id: "", roleKeys: [] as string[] });
  const submit = async (key: string) => {
    const grantedOrganizationId = areSeveral ? values.named[0] : values.id.trim();
    const request = { projectId, grantedOrganizationId, roleKeys: values.roleKeys };
    await change(`${PROJECTS}/CreateProjectGrant`, request, { key });
    props.onClose();
  };
  return (
    <FormDialog title="Grant to organization" action="Grant" onClose={props.onClose} onSubmit={submit}>
      {areSeveral ? (
        <Picker label="Organization" source={organizationSource} {...field("named")} isRequired />
      ) : (
        <TextField label="Organization ID" {...field("id")} isRequired hasFocus maxLength={20} />
      )}
      <RoleChecks projectId={projectId} {...field("roleKeys")} />
    </FormDialog>
  );
}
