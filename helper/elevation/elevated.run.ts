/** A run of the helper with administrator rights, which goes on with the session of one that has none. */
export const ELEVATED_ARGUMENT = '--elevated';
