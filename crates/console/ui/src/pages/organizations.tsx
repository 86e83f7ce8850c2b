// Organizations, the owners of service users and projects.

import { change, may, query, queryPage } from "../api";
import { ActionMenu, confirmed, dangerous, renamed, type Action } from "../components/action";
import {
  ACTIVITY,
  Empty,
  Facts,
  Id,
  LoadingPage,
  PageHeader,
  Section,
  StateBadge,
  Time,
} from "../components/basics";
import { DialogButton, FormDialog } from "../components/dialog";
import { Filters, TextField } from "../components/fields";
import { List, stateColumn } from "../components/list";
import { Picker } from "../components/picker";
import { useAddressPaging, useForm, usePage, usePaging, useQuery } from "../hooks";
import { navigate, useParam } from "../router";
import { ORGANIZATIONS } from "../services";
import { userSource } from "../sources";
import type { Organization } from "../types";
import { AdministratorSection } from "./administrators";
import { AuditSection } from "./audit";
import { listProjects, ProjectList } from "./projects";

const TRAIL: [string, string] = ["organizations", "Organizations"];

export function OrganizationsPage() {
  const [search] = useParam("search");
  const paging = useAddressPaging(25);
  const method = "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE";
  const request = {
    queries: search ? [{ nameQuery: { name: search, method } }] : [],
    sortingColumn: "ORGANIZATION_FIELD_NAME_NAME",
  };
  const members = { rows: "result", paging: "query" } as const;
  const organizations = usePage(
    (page) => queryPage<Organization>(`${ORGANIZATIONS}/ListOrganizations`, request, page, members),
    paging,
    [search],
  );
  return (
    <>
      <PageHeader
        title="Organizations"
        hint="Service users and projects belong to an organization, which can have administrators of its own."
      >
        {may("org.create") && (
          <DialogButton label="New" class="primary">
            {(close) => <NewOrganization onClose={close} />}
          </DialogButton>
        )}
      </PageHeader>
      <Filters search="Search by name" />
      <div class="card">
        <List
          label="organizations"
          query={organizations}
          paging={paging}
          rowKey={(organization) => organization.id}
          onRemoveUnreadable={
            may("org.delete")
              ? (organizationId, key) =>
                  change(`${ORGANIZATIONS}/DeleteOrganization`, { organizationId }, { key })
              : undefined
          }
          empty={
            <Empty
              title={search ? "No organization has this name" : "There is no organization that you may see"}
            />
          }
          columns={[
            {
              title: "Name",
              narrow: "bare",
              cell: (organization) => (
                <a class="name" href={`#/organizations/${organization.id}`}>
                  {organization.name}
                </a>
              ),
            },
            stateColumn,
            { title: "Primary domain", narrow: "hide", cell: (organization) => organization.primaryDomain },
            {
              title: "Organization ID",
              narrow: "hide",
              cell: ({ id }) => <Id id={id} what="organization ID" />,
            },
            { title: "Created", cell: (organization) => <Time at={organization.details.creationDate} /> },
          ]}
        />
      </div>
    </>
  );
}

function NewOrganization(props: { onClose: () => void }) {
  const { values, field } = useForm({ name: "", owners: [] as string[] });
  const create = async (key: string) => {
    const request = { name: values.name.trim(), admins: values.owners.map((userId) => ({ userId })) };
    const reply = await change<{ organizationId: string }>(`${ORGANIZATIONS}/AddOrganization`, request, {
      key,
    });
    props.onClose();
    navigate(`organizations/${reply.organizationId}`);
  };
  return (
    <FormDialog title="New organization" action="Create" onClose={props.onClose} onSubmit={create}>
      <TextField label="Name" {...field("name")} isRequired hasFocus maxLength={200} />
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
    return <LoadingPage what="organization" trail={TRAIL} query={loaded} isMissing={organization === null} />;
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
      {may("member.read") && <AdministratorSection place={{ organizationId: id }} />}
      {may("events.read") && <AuditSection subjectId={id} />}
    </>
  );
}

function OrganizationHeader(props: { organization: Organization }) {
  const { id: organizationId, name, state, details } = props.organization;
  const act = (method: string) => (key: string) =>
    change(`${ORGANIZATIONS}/${method}`, { organizationId }, { key });
  const rename = renamed("Rename organization", name, (name, key) =>
    change(
      `${ORGANIZATIONS}/UpdateOrganization`,
      { organizationId, name },
      { key, ifMatch: details.sequence },
    ),
  );
  const reactivate: Action = { label: "Reactivate", run: act("ActivateOrganization") };
  const deactivate = confirmed("Deactivate", {
    title: `Deactivate ${name}?`,
    sentence:
      "Its service users get no more tokens, and those they have stop working at once. " +
      "Reactivating it brings everything back.",
    onConfirm: act("DeactivateOrganization"),
  });
  const remove = dangerous("Delete", {
    title: `Delete ${name}?`,
    sentence:
      "Its service users, projects and APIs are removed for good. Programs that use them stop at once.",
    onConfirm: async (key) => {
      await act("DeleteOrganization")(key);
      navigate("organizations");
    },
  });
  const isActive = state === "ORGANIZATION_STATE_ACTIVE";
  const actions = [rename, isActive ? deactivate : reactivate, may("org.delete") && remove];
  return (
    <PageHeader title={name} trail={[TRAIL]} badge={<StateBadge state={state} badges={ACTIVITY} />}>
      {may("org.write") && <ActionMenu actions={actions} />}
    </PageHeader>
  );
}

function OrganizationProjects(props: { id: string }) {
  const paging = usePaging(10);
  const filters = [{ organizationIdFilter: { organizationId: props.id, type: "OWNED" } }];
  const projects = usePage((page) => listProjects(filters, page), paging, [props.id]);
  return (
    <Section title="Projects">
      <ProjectList
        query={projects}
        paging={paging}
        empty={<Empty title="This organization has no project" />}
      />
    </Section>
  );
}
