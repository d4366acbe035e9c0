/** What an account accepts on chain before it gets a twin; the chain keeps a link and a hash of it. */
export const TERMS = `# Terms and conditions of a local grid

This grid runs on one machine and ends with its process. Its tokens are worth nothing, its machines are simulated,
and nobody is bound by anything. Accepting these terms does what accepting the real ones does: it lets an account
create a twin.
`
