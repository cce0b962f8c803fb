//! Action classes: which verbs a tool stands for (`condition-engine.md` section 4).
//!
//! A table look-up, never a guess from the name: an unknown tool has no verbs.

use std::collections::BTreeMap;

/// Every verb there is.
pub const TAXONOMY: [&str; 21] = [
    "read.list",
    "read.describe",
    "read.get",
    "read.search",
    "read.aggregate",
    "analyze",
    "summarize",
    "compare",
    "write.create",
    "write.update",
    "write.delete",
    "execute.run",
    "execute.deploy",
    "notify.send",
    "notify.publish",
    "escalate.approve",
    "escalate.deny",
    "audit.log",
    "audit.export",
    "simulate",
    "dry_run",
];

/// The verb of that name, if there is one.
#[must_use]
pub(super) fn verb(name: &str) -> Option<&'static str> {
    TAXONOMY.into_iter().find(|verb| *verb == name)
}

/// Which verbs tools stand for: the built-in table, with entries replaced or added by the user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Classes {
    added: BTreeMap<String, Vec<&'static str>>,
}

impl Classes {
    /// The built-in table with `added` entries; an added entry replaces the built-in one of the
    /// same name.
    #[must_use]
    pub(super) const fn new(added: BTreeMap<String, Vec<&'static str>>) -> Self {
        Self { added }
    }

    /// The verbs of a tool: by its exact name, else by its name with every `.` as `_`. Empty if
    /// neither is known.
    #[must_use]
    pub(super) fn verbs(&self, tool: &str) -> &[&'static str] {
        match self.exact(tool) {
            Some(verbs) => verbs,
            None if tool.contains('.') => self.exact(&tool.replace('.', "_")).unwrap_or_default(),
            None => &[],
        }
    }

    fn exact(&self, tool: &str) -> Option<&[&'static str]> {
        self.added
            .get(tool)
            .map(Vec::as_slice)
            .or_else(|| built_in(tool))
    }
}

fn built_in(tool: &str) -> Option<&'static [&'static str]> {
    let at = BUILT_IN
        .binary_search_by(|(name, _)| (*name).cmp(tool))
        .ok()?;
    BUILT_IN.get(at).map(|(_, verbs)| *verbs)
}

const LIST: &[&str] = &["read.list"];
const DESCRIBE: &[&str] = &["read.describe"];
const DELETE: &[&str] = &["write.delete"];
const RUN: &[&str] = &["execute.run"];
const SQL: &[&str] = &[
    "read.list",
    "read.aggregate",
    "read.search",
    "write.create",
    "write.update",
    "write.delete",
];

/// Sorted by name, for binary search.
const BUILT_IN: &[(&str, &[&str])] = &[
    ("aws_cloudformation_list_stacks", LIST),
    ("aws_cloudwatch_list_alarms", LIST),
    ("aws_ec2_describe_instance", DESCRIBE),
    ("aws_ec2_list_instances", LIST),
    ("aws_ec2_start_instance", RUN),
    ("aws_ec2_stop_instance", RUN),
    ("aws_ec2_terminate_instance", DELETE),
    ("aws_ecs_list_clusters", LIST),
    ("aws_ecs_list_services", LIST),
    ("aws_ecs_list_tasks", LIST),
    ("aws_ecs_run_task", RUN),
    ("aws_elb_list_load_balancers", LIST),
    ("aws_iam_create_user", &["write.create"]),
    ("aws_iam_delete_user", DELETE),
    ("aws_iam_list_groups", LIST),
    ("aws_iam_list_roles", LIST),
    ("aws_iam_list_users", LIST),
    ("aws_lambda_invoke", RUN),
    ("aws_lambda_list_functions", LIST),
    ("aws_rds_list_db_instances", LIST),
    ("aws_s3_delete_bucket", DELETE),
    ("aws_s3_delete_object", DELETE),
    ("aws_s3_get_object_metadata", &["read.describe", "read.get"]),
    ("aws_s3_list_buckets", LIST),
    ("aws_s3_list_objects", LIST),
    ("aws_s3_put_object", &["write.create", "write.update"]),
    ("aws_secretsmanager_get_secret_metadata", DESCRIBE),
    ("aws_secretsmanager_list_secrets", LIST),
    ("aws_vpc_list_security_groups", LIST),
    ("aws_vpc_list_subnets", LIST),
    ("aws_vpc_list_vpcs", LIST),
    ("azure_blob_list_blobs", LIST),
    ("azure_blob_list_containers", LIST),
    ("azure_compute_list_vms", LIST),
    ("azure_containerapps_list_apps", LIST),
    ("azure_containerapps_list_jobs", LIST),
    ("databricks_sql_execute_query", SQL),
    ("databricks_sql_list_warehouses", LIST),
    ("databricks_unity_catalog_list_catalogs", LIST),
    ("databricks_unity_catalog_list_schemas", LIST),
    ("databricks_workspace_list_clusters", LIST),
    ("databricks_workspace_list_jobs", LIST),
    ("databricks_workspace_list_notebooks", LIST),
    ("gcp_compute_list_instances", LIST),
    ("gcp_container_list_clusters", LIST),
    ("gcp_run_list_jobs", LIST),
    ("gcp_run_list_services", LIST),
    ("gcp_storage_list_buckets", LIST),
    ("gcp_storage_list_objects", LIST),
    ("snowflake_account_list_databases", LIST),
    ("snowflake_account_list_roles", LIST),
    ("snowflake_account_list_warehouses", LIST),
    ("snowflake_database_list_schemas", LIST),
    ("snowflake_schema_list_tables", LIST),
    ("snowflake_sql_execute_query", SQL),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_uses_only_known_verbs() {
        assert_eq!(BUILT_IN.len(), 55);
        assert!(BUILT_IN.is_sorted_by(|a, b| a.0 < b.0));
        assert!(
            BUILT_IN
                .iter()
                .flat_map(|(_, verbs)| *verbs)
                .all(|name| verb(name).is_some())
        );
    }

    #[test]
    fn a_dot_in_a_tool_name_may_stand_for_an_underscore() {
        let classes = Classes::default();
        assert_eq!(classes.verbs("aws.s3.list_buckets"), ["read.list"]);
        assert!(classes.verbs("AWS_S3_LIST_BUCKETS").is_empty());
    }

    #[test]
    fn an_added_entry_replaces_the_built_in_one() {
        let added = BTreeMap::from([("aws_s3_put_object".to_owned(), vec!["simulate"])]);
        let classes = Classes::new(added);
        assert_eq!(classes.verbs("aws_s3_put_object"), ["simulate"]);
        assert_eq!(classes.verbs("aws_s3_delete_object"), ["write.delete"]);
    }
}
