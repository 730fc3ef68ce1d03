/** What other modules may want to know at once. Emitted after the transaction has committed. */
export interface AccessEvents {
  'person/deactivated': { personId: string };
  /** The certificate no longer counts, for example because the name on it has changed or the agent lost the role. */
  'identity/revoked': { personId: string; serialNumber: string };
  'sign-in/ended': { signInId: string };
}
