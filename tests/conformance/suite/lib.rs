//! Nothing: what is here is the test target `suite`, which is compiled only if asked for.
