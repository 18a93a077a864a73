//! Nothing: what is here are the tests, and the examples in `wrong`, which do not compile.
