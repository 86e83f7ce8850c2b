// The organizations that the session may see. With one, as in most installations, no page mentions
// organizations.

import { may, query } from "./api";
import { Picker } from "./components/picker";
import { useQuery } from "./hooks";
import { ORGANIZATIONS } from "./services";
import { organizationSource } from "./sources";
import type { Organization } from "./types";

export function useOrganizations() {
  const load = async () => {
    if (!may("org.read")) return [];
    const request = { query: { limit: 1000, asc: true } };
    return (await query<{ result: Organization[] }>(`${ORGANIZATIONS}/ListOrganizations`, request)).result;
  };
  const { data = [] } = useQuery(load, []);
  return {
    areSeveral: data.length > 1,
    nameOf: (id: string) => data.find((organization) => organization.id === id)?.name ?? id,
  };
}

/** A field for the organization of a new object, shown if there are several. */
export function OrganizationField(props: { value: string[]; onChange: (ids: string[]) => void }) {
  const { areSeveral } = useOrganizations();
  if (!areSeveral) return null;
  return (
    <Picker
      label="Organization"
      source={organizationSource}
      value={props.value}
      onChange={props.onChange}
      placeholder="Your own, or search by name"
    />
  );
}
