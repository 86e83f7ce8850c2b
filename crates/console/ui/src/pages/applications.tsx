// APIs: the applications of a project, which introspect the tokens that they receive.

import { change, changesOf, may, query } from "../api";
import { activationAction, deleteAction, renameAction, SubjectHeader } from "../components/action";
import { type Breadcrumb, Empty, Facts, Id, LoadingPage, Time } from "../components/basics";
import { FormDialog } from "../components/dialog";
import { ChoiceField, NameField, TextField } from "../components/fields";
import { stateColumn } from "../components/list";
import { ListSection } from "../components/list_layout";
import { useForm, useListing, usePaging, useQuery } from "../hooks";
import { navigate } from "../router";
import { APPLICATIONS, PROJECTS } from "../services";
import type { ClientSecret } from "../snippets";
import type { Application, Project } from "../types";
import { AuditSection } from "./audit";
import { applicationKeys, KeySection } from "./keys";
import { RefusalSection } from "./refusals";
import { SecretDialog, SecretSection } from "./secrets";

const METHODS: [string, string][] = [
  ["API_AUTH_METHOD_TYPE_BASIC", "Client secret"],
  ["API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT", "Key (private_key_jwt)"],
];

const methodName = (api: Application) =>
  METHODS.find(([type]) => type === api.apiConfiguration.authMethodType)?.[1] ?? "";

const PROJECTS_CRUMB: Breadcrumb = ["projects", "Projects"];

const pathOf = ({ projectId, applicationId }: Pick<Application, "projectId" | "applicationId">) =>
  `projects/${projectId}/apis/${applicationId}`;

export function ApplicationSection(props: { projectId: string }) {
  const { projectId } = props;
  const filters = [{ projectIdFilter: { projectId } }];
  const request = { filters, sortingColumn: "APPLICATION_SORT_BY_NAME" };
  const list = `${APPLICATIONS}/ListApplications`;
  const applications = useListing<Application>(list, request, { rows: "applications" }, usePaging(10));
  const canEdit = may("project.write");
  return (
    <ListSection
      title="APIs"
      addLabel="New API"
      renderAddDialog={
        canEdit && ((onClose) => <NewApplicationDialog projectId={projectId} onClose={onClose} />)
      }
      {...applications}
      label="APIs"
      rowKey={(api) => api.applicationId}
      onRemoveUnreadable={
        canEdit &&
        ((applicationId, key) => change(`${APPLICATIONS}/DeleteApplication`, { applicationId }, { key }))
      }
      empty={<Empty title="No API">An API asks this server about the tokens that it receives.</Empty>}
      columns={[
        { title: "Name", narrow: "bare", cell: (api) => <a href={`#/${pathOf(api)}`}>{api.name}</a> },
        stateColumn,
        { title: "Authentication", narrow: "hide", cell: methodName },
        { title: "Client ID", cell: (api) => <Id id={api.apiConfiguration.clientId} what="client ID" /> },
        {
          title: "Resource URI",
          cell: (api) => api.apiConfiguration.resource ?? <span class="quiet">None</span>,
        },
      ]}
    />
  );
}

function NewApplicationDialog(props: { projectId: string; onClose: () => void }) {
  const { projectId, onClose } = props;
  const { values, field } = useForm({ name: "", authMethodType: METHODS[0]![0], resource: "" });
  const submit = async (key: string) => {
    const { name, authMethodType, resource } = values;
    const apiConfiguration = { authMethodType, ...(resource.trim() ? { resource: resource.trim() } : {}) };
    const request = { projectId, name: name.trim(), apiConfiguration };
    const reply = await change<{ applicationId: string; apiConfiguration: ClientSecret }>(
      `${APPLICATIONS}/CreateApplication`,
      request,
      { key },
    );
    const path = pathOf({ projectId, applicationId: reply.applicationId });
    const secret = reply.apiConfiguration;
    if (!secret.clientSecret) navigate(path);
    return { path, secret };
  };
  const reveal = ({ path, secret }: { path: string; secret: ClientSecret }) => {
    const handleClose = () => {
      onClose();
      navigate(path);
    };
    return secret.clientSecret && <SecretDialog secret={secret} kind="api" onClose={handleClose} />;
  };
  return (
    <FormDialog title="New API" action="Create" onClose={onClose} onSubmit={submit} reveal={reveal}>
      <NameField {...field("name")} />
      <ChoiceField
        label="Authentication"
        {...field("authMethodType")}
        options={METHODS}
        hint="How the API proves to this server who it is"
      />
      <TextField
        label="Resource URI"
        {...field("resource")}
        hint="Optional: a URI with which programs ask for tokens for this API alone"
      />
    </FormDialog>
  );
}

export function ApplicationPage(props: { projectId: string; id: string }) {
  const { id: applicationId, projectId } = props;
  const loaded = useQuery(async () => {
    const get = query<{ application: Application }>(`${APPLICATIONS}/GetApplication`, { applicationId });
    const { project } = await query<{ project: Project }>(`${PROJECTS}/GetProject`, { projectId });
    return { api: (await get).application, project };
  }, [applicationId]);
  if (!loaded.data)
    return <LoadingPage what="API" parent={[`projects/${projectId}`, "Project"]} query={loaded} />;
  const { api, project } = loaded.data;
  const canEdit = may("project.write");
  return (
    <>
      <ApplicationHeader api={api} project={project} />
      <div class="card padded">
        <Facts
          rows={[
            ["Client ID", <Id id={api.apiConfiguration.clientId} what="client ID" />],
            ["Application ID", <Id id={applicationId} what="application ID" />],
            ["Authentication", methodName(api)],
            !!api.apiConfiguration.resource && [
              "Resource URI",
              <Id id={api.apiConfiguration.resource} what="resource URI" />,
            ],
            ["Created", <Time at={api.creationDate} />],
          ]}
        />
      </div>
      <SecretSection clientId={applicationId} kind="api" canEdit={canEdit} />
      <KeySection calls={applicationKeys(applicationId)} canEdit={canEdit} />
      <RefusalSection clientId={applicationId} />
      {may("events.read") && <AuditSection subjectId={applicationId} />}
    </>
  );
}

const DEACTIVATION = "The API can't ask about tokens until it is reactivated. Its credentials stay.";
const DELETION = "The API and its credentials are removed for good. It can't ask about tokens from then on.";

function ApplicationHeader(props: { api: Application; project: Project }) {
  const { applicationId, name, sequence, state } = props.api;
  const { projectId, name: projectName } = props.project;
  const changeTo = changesOf(APPLICATIONS, { applicationId });
  const rename = (name: string, key: string) =>
    changesOf(APPLICATIONS, { applicationId, name }, sequence)("UpdateApplication")(key);
  const isActive = state === "APPLICATION_STATE_ACTIVE";
  const actions = [
    renameAction("Rename API", name, rename),
    activationAction(isActive, name, DEACTIVATION, changeTo, [
      "DeactivateApplication",
      "ReactivateApplication",
    ]),
    deleteAction(name, DELETION, changeTo("DeleteApplication"), `projects/${projectId}`),
  ];
  return (
    <SubjectHeader
      title={name}
      breadcrumbs={[PROJECTS_CRUMB, [`projects/${projectId}`, projectName]]}
      state={state}
      canEdit={may("project.write")}
      actions={actions}
    />
  );
}
