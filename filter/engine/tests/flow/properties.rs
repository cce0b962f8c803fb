//! What holds for every case: more untrusted content, another encoding or another row of the registry
//! never makes an answer milder.
