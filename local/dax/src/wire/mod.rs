//! What travels, as a server sees it: calls are read, responses are written.
