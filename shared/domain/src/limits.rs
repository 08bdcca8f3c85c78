//! What Pennon refuses, with the numbers in one place.

/// Bytes of a request body.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Bytes of a flag key.
pub const MAX_FLAG_KEY_BYTES: usize = 256;
/// Bytes of the key of a project or an environment.
pub const MAX_KEY_BYTES: usize = 40;
/// Flags in one environment.
pub const MAX_FLAGS: usize = 5_000;
/// Bytes of one flag definition, as JSON.
pub const MAX_FLAG_BYTES: usize = 64 * 1024;
/// Bytes of a request body that holds one flag or segment: a definition may be written with much white space.
pub const MAX_EDIT_BYTES: usize = 4 * MAX_FLAG_BYTES;
/// Bytes of a request body that holds a definition file. Lambda takes events of 6 MB, in which the body is escaped.
pub const MAX_IMPORT_BYTES: usize = 5 * 1024 * 1024;
/// Characters of a name, for people.
pub const MAX_NAME_LENGTH: usize = 100;
/// Characters of a description, for people.
pub const MAX_DESCRIPTION_LENGTH: usize = 1_000;
/// Faults that a refusal lists, and warnings that an answer lists.
pub const MAX_FINDINGS: usize = 100;
/// Bytes of a packed snapshot: eight chunks fit in one DynamoDB transaction of 4 MB beside the other items.
pub const MAX_PACKED_BYTES: usize = MAX_CHUNKS * MAX_CHUNK_BYTES;
/// Bytes of one snapshot chunk: a DynamoDB item holds at most 400 KB.
pub const MAX_CHUNK_BYTES: usize = 350 * 1024;
/// Chunks of one snapshot.
pub const MAX_CHUNKS: usize = 8;
/// Bytes of a definition file, unpacked: bounds the memory that a snapshot can ask for, whatever it claims.
pub const MAX_DEFINITION_BYTES: usize = 32 * 1024 * 1024;

/// How deep a context may nest.
pub const MAX_CONTEXT_DEPTH: usize = 32;
/// Values in a context, all levels together.
pub const MAX_CONTEXT_VALUES: usize = 4 * 1024;
/// Members of one object in a context. Comparing two objects takes the square of this.
pub const MAX_CONTEXT_MEMBERS: usize = 512;

/// How deep a flag definition may nest.
pub const MAX_RULE_DEPTH: usize = 64;
/// How deep a rule may nest once each `$ref` is replaced: the rules engine recurses this deep.
pub const MAX_EXPANDED_DEPTH: usize = 128;
/// Values in a rule once each `$ref` is replaced.
pub const MAX_EXPANDED_VALUES: usize = 16 * 1024;
/// The work that a rule may take on the worst context that is accepted, in bytes read. The bound is computed from the rule
/// alone and lies far above what usually happens; the worst rule found took 0.3 s (x86-64).
pub const MAX_RULE_WORK: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes that a rule may build on the worst context that is accepted, computed likewise.
pub const MAX_RULE_MEMORY: u64 = 64 * 1024 * 1024;
