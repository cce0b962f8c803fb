//! The name behind `call_aws`: which AWS operation its command line runs
//! (`condition-engine.md` section 6). A command that is not understood has no such name: it is
//! judged as `call_aws`, an unknown tool, never as something harmless.

use crate::json::Object;

/// The tool whose `command` argument is an AWS command line.
pub(super) const TOOL: &str = "call_aws";

/// One AWS operation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Operation {
    /// The name policies use, for example `aws_iam_PassRole`.
    pub name: &'static str,
    /// The service as the command line spells it.
    service: &'static str,
    /// The operation as the command line spells it, without dashes.
    verb: &'static str,
    /// Its action classes.
    pub verbs: &'static [&'static str],
}

/// The operation a call's `command` runs, if it is a known one.
#[must_use]
pub(super) fn operation(arguments: Option<&Object>) -> Option<&'static Operation> {
    let command = arguments?.get("command")?.as_str()?;
    let mut words = command.split_whitespace().map(unquoted);
    if !words.next()?.eq_ignore_ascii_case("aws") {
        return None;
    }
    let service = next_name(&mut words)?.to_ascii_lowercase();
    let verb = next_name(&mut words)?.replace('-', "").to_ascii_lowercase();
    let service = if service == "s3api" {
        "s3"
    } else {
        service.as_str()
    };
    OPERATIONS
        .iter()
        .find(|known| known.service == service && known.verb == verb)
}

/// A word without the quotes and backslashes a shell would take away.
fn unquoted(word: &str) -> String {
    word.chars()
        .filter(|c| !matches!(c, '"' | '\'' | '\\'))
        .collect()
}

/// Global options that take a value as the next word.
const WITH_VALUE: [&str; 11] = [
    "--region",
    "--profile",
    "--output",
    "--query",
    "--endpoint-url",
    "--color",
    "--ca-bundle",
    "--cli-read-timeout",
    "--cli-connect-timeout",
    "--cli-binary-format",
    "--cli-error-format",
];

/// Global options that stand alone.
const ALONE: [&str; 7] = [
    "--debug",
    "--no-verify-ssl",
    "--no-paginate",
    "--no-sign-request",
    "--no-cli-pager",
    "--cli-auto-prompt",
    "--no-cli-auto-prompt",
];

/// The next word that is not a global option. `None` at the end, and at an option that is not
/// known: whether the word after it is its value cannot be told.
fn next_name(words: &mut impl Iterator<Item = String>) -> Option<String> {
    loop {
        let word = words.next()?;
        if !word.starts_with('-') {
            return Some(word);
        }
        if let Some((option, _)) = word.split_once('=') {
            if !WITH_VALUE.contains(&option) {
                return None;
            }
        } else if WITH_VALUE.contains(&word.as_str()) {
            words.next()?;
        } else if !ALONE.contains(&word.as_str()) {
            return None;
        }
    }
}

const CREATE: &[&str] = &["write.create"];
const UPDATE: &[&str] = &["write.update"];
const DELETE: &[&str] = &["write.delete"];
const RUN: &[&str] = &["execute.run"];
const DEPLOY: &[&str] = &["write.update", "execute.deploy"];
const LAUNCH: &[&str] = &["write.create", "execute.run"];
const PUT: &[&str] = &["write.create", "write.update"];
const GET: &[&str] = &["read.get"];

const fn op(
    name: &'static str,
    service: &'static str,
    verb: &'static str,
    verbs: &'static [&'static str],
) -> Operation {
    Operation {
        name,
        service,
        verb,
        verbs,
    }
}

const OPERATIONS: &[Operation] = &[
    op(
        "aws_bedrock_ApplyGuardrail",
        "bedrock-runtime",
        "applyguardrail",
        RUN,
    ),
    op(
        "aws_bedrock_CreateGuardrail",
        "bedrock",
        "createguardrail",
        CREATE,
    ),
    op(
        "aws_bedrock_InvokeModel",
        "bedrock-runtime",
        "invokemodel",
        RUN,
    ),
    op(
        "aws_bedrock_InvokeModelWithResponseStream",
        "bedrock-runtime",
        "invokemodelwithresponsestream",
        RUN,
    ),
    op(
        "aws_cloudfront_CreateDistribution",
        "cloudfront",
        "createdistribution",
        CREATE,
    ),
    op("aws_ebs_CreateVolume", "ebs", "createvolume", CREATE),
    op("aws_ebs_CreateVolume", "ec2", "createvolume", CREATE),
    op(
        "aws_ec2_CreateNatGateway",
        "ec2",
        "createnatgateway",
        CREATE,
    ),
    op(
        "aws_ec2_ModifyInstanceAttribute",
        "ec2",
        "modifyinstanceattribute",
        UPDATE,
    ),
    op("aws_ec2_RunInstances", "ec2", "runinstances", LAUNCH),
    op("aws_ec2_StartInstances", "ec2", "startinstances", RUN),
    op("aws_ec2_StopInstances", "ec2", "stopinstances", RUN),
    op(
        "aws_ec2_TerminateInstances",
        "ec2",
        "terminateinstances",
        DELETE,
    ),
    op("aws_eks_CreateCluster", "eks", "createcluster", CREATE),
    op(
        "aws_iam_AttachRolePolicy",
        "iam",
        "attachrolepolicy",
        UPDATE,
    ),
    op("aws_iam_CreateAccessKey", "iam", "createaccesskey", CREATE),
    op("aws_iam_CreatePolicy", "iam", "createpolicy", CREATE),
    op("aws_iam_CreateUser", "iam", "createuser", CREATE),
    op("aws_iam_PassRole", "iam", "passrole", UPDATE),
    op("aws_iam_PutRolePolicy", "iam", "putrolepolicy", UPDATE),
    op(
        "aws_iam_UpdateAssumeRolePolicy",
        "iam",
        "updateassumerolepolicy",
        UPDATE,
    ),
    op("aws_kms_CreateKey", "kms", "createkey", CREATE),
    op(
        "aws_kms_ScheduleKeyDeletion",
        "kms",
        "schedulekeydeletion",
        DELETE,
    ),
    op(
        "aws_lambda_CreateFunction",
        "lambda",
        "createfunction",
        CREATE,
    ),
    op("aws_lambda_InvokeFunction", "lambda", "invoke", RUN),
    op(
        "aws_lambda_UpdateFunctionCode",
        "lambda",
        "updatefunctioncode",
        DEPLOY,
    ),
    op(
        "aws_rds_CreateDBInstance",
        "rds",
        "createdbinstance",
        CREATE,
    ),
    op(
        "aws_rds_DeleteDBInstance",
        "rds",
        "deletedbinstance",
        DELETE,
    ),
    op(
        "aws_rds_ModifyDBInstance",
        "rds",
        "modifydbinstance",
        UPDATE,
    ),
    op("aws_s3_CreateBucket", "s3", "createbucket", CREATE),
    op("aws_s3_DeleteObject", "s3", "deleteobject", DELETE),
    op("aws_s3_GetObject", "s3", "getobject", GET),
    op("aws_s3_PutBucketPolicy", "s3", "putbucketpolicy", UPDATE),
    op("aws_s3_PutObject", "s3", "putobject", PUT),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn name(command: &str) -> Option<&'static str> {
        operation(Some(&Object::new().with("command", command))).map(|operation| operation.name)
    }

    #[test]
    fn commands_are_resolved_past_global_options_quotes_and_case() {
        for command in [
            "aws iam pass-role --role-name x",
            "aws --region eu-west-1 iam pass-role",
            "aws --region=eu-west-1 --debug iam --output json pass-role",
            "AWS IAM Pass-Role",
            "  aws 'iam' \"pass-role\"",
        ] {
            assert_eq!(name(command), Some("aws_iam_PassRole"), "{command}");
        }
        assert_eq!(name("aws s3 put-object"), Some("aws_s3_PutObject"));
        assert_eq!(name("aws s3api put-object"), Some("aws_s3_PutObject"));
        assert_eq!(name("aws lambda invoke"), Some("aws_lambda_InvokeFunction"));
        assert_eq!(
            name("aws rds create-db-instance"),
            Some("aws_rds_CreateDBInstance")
        );
        assert_eq!(
            name("aws bedrock-runtime invoke-model"),
            Some("aws_bedrock_InvokeModel")
        );
    }

    #[test]
    fn what_is_not_understood_has_no_operation() {
        for command in [
            "",
            "aws",
            "aws iam",
            "iam pass-role",
            "aws --what x iam pass-role",
            "aws a b",
        ] {
            assert_eq!(name(command), None, "{command}");
        }
        assert_eq!(operation(Some(&Object::new().with("command", 5_u64))), None);
        assert_eq!(operation(None), None);
    }

    #[test]
    fn operations_use_only_known_verbs() {
        let verbs = OPERATIONS.iter().flat_map(|operation| operation.verbs);
        assert!(
            verbs
                .into_iter()
                .all(|verb| super::super::classes::verb(verb).is_some())
        );
    }
}
