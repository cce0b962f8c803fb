//! Which upstream a request is for: by path prefix, authority or Envoy cluster.

/// What of a request the mapping looks at.
#[derive(Debug, Clone, Copy)]
pub struct Route<'a> {
    /// `:path`, with its query.
    pub path: &'a str,
    /// `:authority`.
    pub authority: &'a str,
    /// The cluster Envoy's route chose, if the shell was told to ask.
    pub cluster: Option<&'a str>,
}

/// One mapping; every criterion given must hold, and one without criteria holds for all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpstreamRoute {
    /// Name of the upstream as policies see it.
    pub name: String,
    /// The path is this prefix, or goes on after it with `/`, `?` or `;`; also a path that some
    /// server would read as such a one: servers disagree about case, escapes and dots.
    pub path_prefix: Option<String>,
    /// The authority, without port and in any case.
    pub authority: Option<String>,
    /// The cluster, exactly.
    pub cluster: Option<String>,
}

impl UpstreamRoute {
    /// Whether this mapping holds for a request.
    #[must_use]
    pub fn holds(&self, route: &Route<'_>) -> bool {
        let path = self
            .path_prefix
            .as_deref()
            .is_none_or(|prefix| lies_under(route.path, prefix));
        let authority = self
            .authority
            .as_deref()
            .is_none_or(|name| host(route.authority).eq_ignore_ascii_case(name));
        let cluster = self
            .cluster
            .as_deref()
            .is_none_or(|name| route.cluster == Some(name));
        path && authority && cluster
    }
}

/// Whether `path` lies under `prefix` as it is written, or as the most lenient server reads it.
fn lies_under(path: &str, prefix: &str) -> bool {
    has_prefix(path, prefix) || has_prefix(&lenient(path), &lenient(prefix))
}

/// The path as servers read it that decode escapes, ignore case, take `\` for `/`, merge slashes,
/// walk dots and cut parameters off segments (`mcp-wire.md` section 9): without its query.
fn lenient(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let decoded = percent_decoded(path)
        .to_ascii_lowercase()
        .replace('\\', "/");
    let path = decoded.split('?').next().unwrap_or_default();
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment.split(';').next().unwrap_or_default() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", segments.join("/"))
}

/// The path with its `%XX` decoded once; what is no text then has U+FFFD.
fn percent_decoded(path: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let escaped = |after: &[u8]| {
        let code = digit(after.first())? * 16 + digit(after.get(1))?;
        u8::try_from(code).ok()
    };
    let (mut bytes, mut rest) = (Vec::new(), path.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        match escaped(after).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether `path` lies under `prefix`, at a segment boundary.
fn has_prefix(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| {
        rest.is_empty() || prefix.ends_with('/') || rest.starts_with(['/', '?', ';'])
    })
}

/// The authority without its port; an IPv6 literal keeps its brackets.
fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(
        prefix: Option<&str>,
        authority: Option<&str>,
        cluster: Option<&str>,
    ) -> UpstreamRoute {
        UpstreamRoute {
            name: "demo".to_owned(),
            path_prefix: prefix.map(str::to_owned),
            authority: authority.map(str::to_owned),
            cluster: cluster.map(str::to_owned),
        }
    }

    #[test]
    fn a_prefix_ends_at_a_segment_boundary() {
        for (prefix, path, holds) in [
            ("/mcp", "/mcp", true),
            ("/mcp", "/mcp/x", true),
            ("/mcp", "/mcp?x=1", true),
            ("/mcp", "/mcp;a=b", true),
            ("/mcp", "/mcpx", false),
            ("/mcp", "/xmcp", false),
            ("/mcp", "/x/mcp", false),
            ("/mcp", "/mcp/../x", true),
            ("/mcp", "/x%2f..%2fmcpx", false),
            ("/mcp", "/%", false),
            ("/mcp", "/%6", false),
            ("/mcp", "", false),
            ("/", "/anything", true),
            ("/a/", "/a/b", true),
        ] {
            let route = Route {
                path,
                authority: "",
                cluster: None,
            };
            assert_eq!(
                mapping(Some(prefix), None, None).holds(&route),
                holds,
                "{prefix} {path}"
            );
        }
    }

    #[test]
    fn a_path_that_some_server_would_read_as_the_prefix_is_under_it() {
        for path in [
            "/MCP",
            "/Mcp/x",
            "//mcp",
            "/./mcp",
            "/a/../mcp",
            "/../mcp",
            "/%6dcp",
            "/%4D%43%50?x",
            "/mcp%2f",
            "/mcp%3fx",
            "/mcp%3B",
            "/x/..%2Fmcp",
            "/%2e/mcp",
            "/x/%2e%2E/mcp",
            "/x;a/../mcp",
            "/;/mcp",
            "\\mcp",
            "/mcp\\x",
            "/mcp%5cx",
        ] {
            assert!(lies_under(path, "/mcp"), "{path}");
            assert!(lies_under(path, "/MCP"), "{path}");
            assert!(lies_under(path, "/"), "{path}");
            assert!(!lies_under(path, "/other"), "{path}");
        }
        assert!(lies_under("/a/%42", "/A/b") && !lies_under("/a", "/a/b"));
    }

    #[test]
    fn every_criterion_given_must_hold() {
        let route = Route {
            path: "/mcp",
            authority: "GH.example:8443",
            cluster: Some("gh"),
        };
        assert!(mapping(None, None, None).holds(&route));
        assert!(mapping(Some("/mcp"), Some("gh.example"), Some("gh")).holds(&route));
        assert!(!mapping(Some("/mcp"), Some("gh.example"), Some("other")).holds(&route));
        assert!(!mapping(Some("/mcp"), Some("example"), None).holds(&route));
        let route = Route {
            path: "/",
            authority: "[::1]:80",
            cluster: None,
        };
        assert!(mapping(None, Some("[::1]"), None).holds(&route));
    }
}
