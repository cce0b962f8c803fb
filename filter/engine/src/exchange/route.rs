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
    /// The path is this prefix, or goes on after it with `/`, `?` or `;`.
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
            .is_none_or(|prefix| has_prefix(route.path, prefix));
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
            ("/mcp", "/MCP", false),
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
