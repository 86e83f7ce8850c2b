// APIs: the applications of a project, which introspect the tokens that they receive.

import { useState } from "preact/hooks";
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
import { ChoiceField, TextField } from "../components/fields";
import { List, stateColumn } from "../components/list";
import { useForm, usePage, usePaging, useQuery } from "../hooks";
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

const TRAIL: [string, string] = ["projects", "Projects"];

const placeOf = (api: Application) => `projects/${api.projectId}/apis/${api.applicationId}`;

export function ApplicationSection(props: { projectId: string }) {
  const { projectId } = props;
  const paging = usePaging(10);
  const request = {
    filters: [{ projectIdFilter: { projectId } }],
    sortingColumn: "APPLICATION_SORT_BY_NAME",
  };
  const applications = usePage(
    (page) =>
      queryPage<Application>(`${APPLICATIONS}/ListApplications`, request, page, { rows: "applications" }),
    paging,
    [projectId],
  );
  return (
    <Section
      title="APIs"
      action={
        may("project.write") && (
          <DialogButton label="New API">
            {(close) => <NewApplication projectId={projectId} onClose={close} />}
          </DialogButton>
        )
      }
    >
      <List
        label="APIs"
        query={applications}
        paging={paging}
        rowKey={(api) => api.applicationId}
        onRemoveUnreadable={
          may("project.write")
            ? (applicationId, key) => change(`${APPLICATIONS}/DeleteApplication`, { applicationId }, { key })
            : undefined
        }
        empty={<Empty title="No API">An API asks this server about the tokens that it receives.</Empty>}
        columns={[
          { title: "Name", narrow: "bare", cell: (api) => <a href={`#/${placeOf(api)}`}>{api.name}</a> },
          stateColumn,
          { title: "Authentication", narrow: "hide", cell: methodName },
          { title: "Client ID", cell: (api) => <Id id={api.apiConfiguration.clientId} what="client ID" /> },
          {
            title: "Resource URI",
            cell: (api) => api.apiConfiguration.resource ?? <span class="quiet">None</span>,
          },
        ]}
      />
    </Section>
  );
}

function NewApplication(props: { projectId: string; onClose: () => void }) {
  const { values, field } = useForm({ name: "", authMethodType: METHODS[0]![0], resource: "" });
  const [secret, setSecret] = useState<ClientSecret>();
  const [place, setPlace] = useState("");
  const finish = (place: string) => {
    props.onClose();
    navigate(place);
  };
  if (secret) return <SecretDialog secret={secret} kind="api" onClose={() => finish(place)} />;
  const submit = async (key: string) => {
    const { name, authMethodType, resource } = values;
    const apiConfiguration = { authMethodType, ...(resource.trim() ? { resource: resource.trim() } : {}) };
    const request = { projectId: props.projectId, name: name.trim(), apiConfiguration };
    const reply = await change<{ applicationId: string; apiConfiguration: ClientSecret }>(
      `${APPLICATIONS}/CreateApplication`,
      request,
      { key },
    );
    const made = `projects/${props.projectId}/apis/${reply.applicationId}`;
    setPlace(made);
    if (reply.apiConfiguration.clientSecret) setSecret(reply.apiConfiguration);
    else finish(made);
  };
  return (
    <FormDialog title="New API" action="Create" onClose={props.onClose} onSubmit={submit}>
      <TextField label="Name" {...field("name")} isRequired hasFocus maxLength={200} />
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
    return <LoadingPage what="API" trail={[`projects/${projectId}`, "Project"]} query={loaded} />;
  const { api, project } = loaded.data;
  const mayWrite = may("project.write");
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
      <SecretSection clientId={applicationId} kind="api" mayWrite={mayWrite} />
      <KeySection calls={applicationKeys(applicationId)} mayWrite={mayWrite} />
      <RefusalSection clientId={applicationId} />
      {may("events.read") && <AuditSection subjectId={applicationId} />}
    </>
  );
}

function ApplicationHeader(props: { api: Application; project: Project }) {
  const { applicationId, name, sequence, state } = props.api;
  const { projectId, name: projectName } = props.project;
  const act = (method: string) => (key: string) =>
    change(`${APPLICATIONS}/${method}`, { applicationId }, { key });
  const rename = renamed("Rename API", name, (name, key) =>
    change(`${APPLICATIONS}/UpdateApplication`, { applicationId, name }, { key, ifMatch: sequence }),
  );
  const reactivate: Action = { label: "Reactivate", run: act("ReactivateApplication") };
  const deactivate = confirmed("Deactivate", {
    title: `Deactivate ${name}?`,
    sentence: "The API can't ask about tokens until it is reactivated. Its credentials stay.",
    onConfirm: act("DeactivateApplication"),
  });
  const remove = dangerous("Delete", {
    title: `Delete ${name}?`,
    sentence: "The API and its credentials are removed for good. It can't ask about tokens from then on.",
    onConfirm: async (key) => {
      await act("DeleteApplication")(key);
      navigate(`projects/${projectId}`);
    },
  });
  const actions = [rename, state === "APPLICATION_STATE_ACTIVE" ? deactivate : reactivate, remove];
  const trail: [string, string][] = [TRAIL, [`projects/${projectId}`, projectName]];
  return (
    <PageHeader title={name} trail={trail} badge={<StateBadge state={state} badges={ACTIVITY} />}>
      {may("project.write") && <ActionMenu actions={actions} />}
    </PageHeader>
  );
}
