// Organizations, the owners of service users and projects.

import { change, changesOf, may, query } from "../api";
import { activationAction, deleteAction, renameAction, SubjectHeader } from "../components/action";
import { type Breadcrumb, Empty, Facts, Id, LoadingPage, Section, Time } from "../components/basics";
import { FormDialog } from "../components/dialog";
import { Filters, NameField } from "../components/fields";
import { idColumn, linkColumn, List, stateColumn } from "../components/list";
import { ListPage } from "../components/list_layout";
import { Picker } from "../components/picker";
import { useAddressPaging, useForm, useListing, usePaging, useQuery } from "../hooks";
import { navigate, useParam } from "../router";
import { ORGANIZATIONS } from "../services";
import { userSource } from "../sources";
import type { Organization } from "../types";
import { AdministratorSection } from "./administrators";
import { AuditSection } from "./audit";
import { ProjectList, useProjects } from "./projects";

const ORGANIZATIONS_CRUMB: Breadcrumb = ["organizations", "Organizations"];

export function OrganizationsPage() {
  const [search] = useParam("search");
  const method = "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE";
  const request = {
    queries: search ? [{ nameQuery: { name: search, method } }] : [],
    sortingColumn: "ORGANIZATION_FIELD_NAME_NAME",
  };
  const list = `${ORGANIZATIONS}/ListOrganizations`;
  const members = { rows: "result", paging: "query" } as const;
  const organizations = useListing<Organization>(list, request, members, useAddressPaging(25));
  return (
    <ListPage
      title="Organizations"
      hint="Service users and projects belong to an organization, which can have administrators of its own."
      renderAddDialog={may("org.create") && ((onClose) => <NewOrganizationDialog onClose={onClose} />)}
      filters={<Filters search="Search by name" />}
    >
      <List
        {...organizations}
        label="organizations"
        rowKey={(organization) => organization.id}
        onRemoveUnreadable={
          may("org.delete") &&
          ((organizationId, key) =>
            change(`${ORGANIZATIONS}/DeleteOrganization`, { organizationId }, { key }))
        }
        empty={
          <Empty
            title={search ? "No organization has this name" : "There is no organization that you may see"}
          />
        }
        columns={[
          linkColumn("Name", "organizations", "id", "name"),
          stateColumn,
          { title: "Primary domain", narrow: "hide", cell: (organization) => organization.primaryDomain },
          idColumn("Organization ID", "id", "hide"),
          { title: "Created", cell: ({ details }) => <Time at={details.creationDate} /> },
        ]}
      />
    </ListPage>
  );
}

function NewOrganizationDialog(props: { onClose: () => void }) {
  const { values, field } = useForm({ name: "", owners: [] as string[] });
  const create = async (key: string) => {
    const request = { name: values.name.trim(), admins: values.owners.map((userId) => ({ userId })) };
    const add = `${ORGANIZATIONS}/AddOrganization`;
    const { organizationId } = await change<{ organizationId: string }>(add, request, { key });
    navigate(`organizations/${organizationId}`);
  };
  return (
    <FormDialog title="New organization" action="Create" onClose={props.onClose} onSubmit={create}>
      <NameField {...field("name")} />
      <Picker
        label="Owners"
        source={userSource}
        {...field("owners")}
        isMultiple
        hint="Optional: service users who may do everything in it"
      />
    </FormDialog>
  );
}

export function OrganizationPage(props: { id: string }) {
  const { id } = props;
  const loaded = useQuery(async () => {
    const request = { queries: [{ idQuery: { id } }] };
    const { result } = await query<{ result: Organization[] }>(`${ORGANIZATIONS}/ListOrganizations`, request);
    return result[0] ?? null;
  }, [id]);
  const organization = loaded.data;
  if (!organization) {
    const isMissing = organization === null;
    return (
      <LoadingPage what="organization" parent={ORGANIZATIONS_CRUMB} query={loaded} isMissing={isMissing} />
    );
  }
  return (
    <>
      <OrganizationHeader organization={organization} />
      <div class="card padded">
        <Facts
          rows={[
            ["Organization ID", <Id id={id} what="organization ID" />],
            ["Primary domain", organization.primaryDomain],
            ["Created", <Time at={organization.details.creationDate} />],
            ["Service users", <a href={`#/users?organization=${id}`}>Show its service users</a>],
          ]}
        />
      </div>
      {may("project.read") && <OrganizationProjects id={id} />}
      {may("member.read") && <AdministratorSection scope={{ organizationId: id }} />}
      {may("events.read") && <AuditSection subjectId={id} />}
    </>
  );
}

const DEACTIVATION =
  "Its service users get no more tokens, and those they have stop working at once. " +
  "Reactivating it brings everything back.";
const DELETION =
  "Its service users, projects and APIs are removed for good. Programs that use them stop at once.";

function OrganizationHeader(props: { organization: Organization }) {
  const { id: organizationId, name, state, details } = props.organization;
  const changeTo = changesOf(ORGANIZATIONS, { organizationId });
  const rename = (name: string, key: string) =>
    changesOf(ORGANIZATIONS, { organizationId, name }, details.sequence)("UpdateOrganization")(key);
  const isActive = state === "ORGANIZATION_STATE_ACTIVE";
  const actions = [
    renameAction("Rename organization", name, rename),
    activationAction(isActive, name, DEACTIVATION, changeTo, [
      "DeactivateOrganization",
      "ActivateOrganization",
    ]),
    may("org.delete") && deleteAction(name, DELETION, changeTo("DeleteOrganization"), "organizations"),
  ];
  return (
    <SubjectHeader
      title={name}
      breadcrumbs={[ORGANIZATIONS_CRUMB]}
      state={state}
      canEdit={may("org.write")}
      actions={actions}
    />
  );
}

function OrganizationProjects(props: { id: string }) {
  const filters = [{ organizationIdFilter: { organizationId: props.id, type: "OWNED" } }];
  const projects = useProjects(filters, usePaging(10));
  return (
    <Section title="Projects">
      <ProjectList {...projects} empty={<Empty title="This organization has no project" />} />
    </Section>
  );
}
