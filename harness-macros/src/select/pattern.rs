//! Makes a branch's pattern fit to be tried by reference: the value must still be whole when its
//! handler gets it.
//!
//! Not here: parsing patterns (syn) and checking them (the compiler, which sees the original one in
//! the handler's arm).

use proc_macro2::Ident;
use syn::{Lit, Pat};

/// The pattern without `ref` and `mut` before its variables. The variables stay, for a lone name
/// may as well be a constant, and that must be compared; against a reference they bind by reference
/// and move nothing.
///
/// Where a pattern binds by reference on its own, edition 2024 forbids `&`, and does not need it:
/// it looks through references itself, except for a constant.
pub(crate) fn by_reference(pattern: &Pat) -> Pat {
    let mut pattern = pattern.clone();
    strip(&mut pattern);
    pattern
}

fn strip(pattern: &mut Pat) {
    match pattern {
        Pat::Ident(variable) => {
            variable.by_ref = None;
            variable.mutability = None;
            if let Some((_, inner)) = &mut variable.subpat {
                strip(inner);
            }
        }
        Pat::Reference(reference) => {
            strip(&mut reference.pat);
            if !may_be_constant(&reference.pat) {
                *pattern = (*reference.pat).clone();
            }
        }
        Pat::Or(or) => or.cases.iter_mut().for_each(strip),
        Pat::Paren(paren) => strip(&mut paren.pat),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(strip),
        Pat::Struct(fields) => {
            let patterns = fields.fields.iter_mut().map(|field| &mut *field.pat);
            patterns.for_each(strip);
        }
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(strip),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(strip),
        Pat::Type(typed) => strip(&mut typed.pat),
        // The others have no variables, or are no patterns of one branch.
        _ => {}
    }
}

/// Whether the pattern may be a constant through which no reference is looked. If that is wrong the
/// compiler says so, at the pattern: it is never a wrong answer when the program runs.
fn may_be_constant(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(name) => name.subpat.is_none() && is_upper_case(&name.ident),
        Pat::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| is_upper_case(&last.ident)),
        Pat::Lit(literal) => matches!(literal.lit, Lit::Str(_) | Lit::ByteStr(_) | Lit::CStr(_)),
        Pat::Paren(paren) => may_be_constant(&paren.pat),
        Pat::Const(_) | Pat::Macro(_) => true,
        _ => false,
    }
}

fn is_upper_case(name: &Ident) -> bool {
    let name = name.to_string();
    name.contains(char::is_uppercase) && !name.contains(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};
    use syn::Pat;
    use syn::parse::Parser;

    use super::by_reference;

    fn stripped(pattern: proc_macro2::TokenStream) -> String {
        let pattern = Pat::parse_multi.parse2(pattern).expect("a pattern");
        by_reference(&pattern).to_token_stream().to_string()
    }

    #[test]
    fn variables_lose_ref_and_mut_wherever_they_are() {
        let pattern = quote!(
            (mut a, ref b, ref mut c, (mut d), [mut e, f @ ..])
                | S { mut g, h: Some(mut i), .. }
                | whole @ T(mut k, _)
        );
        let expected = quote!(
            (a, b, c, (d), [e, f @ ..])
                | S { g, h: Some(i), .. }
                | whole @ T(k, _)
        );
        assert_eq!(stripped(pattern), expected.to_string());
    }

    #[test]
    fn patterns_without_variables_stay() {
        let pattern = quote!(
            None | NAME | 1
                ..=2 | "text"
                    | a::B
                    | mac!(mut x)
                    | const {
                        let mut y = 1;
                        y
                    }
        );
        assert_eq!(stripped(pattern.clone()), pattern.to_string());
    }

    #[test]
    fn only_constants_keep_their_reference() {
        let pattern =
            quote!((&a, &mut (mut b), &&Some(&1), &None, &S { ref c }, &MAX, &T::MAX, &"d"));
        let expected = quote!((a, (b), Some(1), None, S { c }, &MAX, &T::MAX, &"d"));
        assert_eq!(stripped(pattern), expected.to_string());
    }
}
