//! Ways to gain more permissions than one was given.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::scope::Kind;
use super::{Allowance, Fit, Group, Permissions, Source};
use crate::actions::{ActionId, Set};
use crate::condition::{Condition, Test};
use crate::document::{Of, Statement};
use crate::pattern::Pattern;

/// A published way to gain permissions.
///
/// Source: the 21 of Spencer Gietzen (*AWS IAM Privilege Escalation: Methods and
/// Mitigation*, Rhino Security Labs; *Privilege Escalation in AWS*, Bishop Fox), those that
/// `PMapper`, Cloudsplaining and Prowler added, and *pathfinding.cloud* (Datadog), whose
/// categories these are. Of ways of one kind, one that needs more than another is left
/// out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path {
    /// Its name for ever: the actions it takes, joined by `+`.
    pub id: &'static str,
    /// What kind of way it is.
    pub kind: Way,
    /// What it comes to.
    pub how: &'static str,
    /// The services a role is passed to, of which one is enough; empty where none is
    /// passed.
    pub passed_to: &'static [&'static str],
}

impl Path {
    /// The actions that it takes, all of them.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.id.split('+')
    }
}

/// Kinds of ways to gain permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// The identity changes what it may do itself.
    Own,
    /// It gets at another identity.
    Other,
    /// It gives a role to something new that does what it wants.
    PassRole,
    /// It makes something that has a role do what it wants.
    Existing,
}

/// A way that is open to an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation<'p> {
    /// The way.
    pub path: &'static Path,
    /// Whether an action that it takes is allowed under conditions only.
    pub conditional: bool,
    /// Whether all of its actions are allowed on everything, not only on what a statement
    /// names.
    pub everywhere: bool,
    /// The statements that allow it, one for each action, in order.
    pub evidence: Vec<Source<'p>>,
}

const USER: Kind = Kind { service: "iam", resource: "user/*" };
const GROUP: Kind = Kind { service: "iam", resource: "group/*" };
const ROLE: Kind = Kind { service: "iam", resource: "role/*" };
const POLICY: Kind = Kind { service: "iam", resource: "policy/*" };

/// What Systems Manager runs commands and opens sessions on, each with a role of its own.
const MACHINES: &[Kind] = &[
    Kind { service: "ec2", resource: "instance/*" },
    Kind { service: "ecs", resource: "task/*" },
    Kind { service: "ssm", resource: "managed-instance/*" },
];

/// On which resources the actions count. As the published tools do, an action counts
/// wherever it is allowed on a resource of the kind it is about, with two exceptions: to
/// make credentials for oneself gains nothing, and to assume a role that is named is what
/// roles are for.
const FITS: &[(&str, Fit)] = &[
    ("iam:AddUserToGroup", Fit::Names(GROUP)),
    ("iam:AttachGroupPolicy", Fit::Names(GROUP)),
    ("iam:AttachRolePolicy", Fit::Names(ROLE)),
    ("iam:AttachUserPolicy", Fit::Names(USER)),
    ("iam:CreateAccessKey", Fit::Others(USER)),
    ("iam:CreateLoginProfile", Fit::Others(USER)),
    ("iam:CreatePolicyVersion", Fit::Names(POLICY)),
    (PASS_ROLE, Fit::Names(ROLE)),
    ("iam:PutGroupPolicy", Fit::Names(GROUP)),
    ("iam:PutRolePolicy", Fit::Names(ROLE)),
    ("iam:PutUserPolicy", Fit::Names(USER)),
    ("iam:SetDefaultPolicyVersion", Fit::Names(POLICY)),
    ("iam:UpdateAssumeRolePolicy", Fit::Names(ROLE)),
    ("iam:UpdateLoginProfile", Fit::Others(USER)),
    // Both act on buckets and documents too.
    ("ssm:SendCommand", Fit::NamesOne(MACHINES)),
    ("ssm:StartSession", Fit::NamesOne(MACHINES)),
    ("sts:AssumeRole", Fit::Covers(ROLE)),
];

const PASS_ROLE: &str = "iam:PassRole";

/// What the paths make of the table of actions.
struct Catalogue {
    groups: Vec<Group>,
    /// The actions of each path; a path with one that is not known is not held by anybody.
    paths: Vec<(&'static Path, Vec<ActionId>)>,
    pass_role: Option<ActionId>,
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let ids = |path: &Path| path.actions().map(ActionId::find).collect::<Option<Vec<_>>>();
        let paths: Vec<_> = PATHS.iter().filter_map(|path| Some((path, ids(path)?))).collect();
        let mut rest: Set = paths.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
        let mut groups: Vec<Group> = Vec::new();
        for (action, fit) in FITS {
            let actions: Set = ActionId::find(action).into_iter().collect();
            rest = rest.difference(&actions);
            match groups.iter_mut().find(|it| it.fit == *fit) {
                Some(group) => group.actions = group.actions.union(&actions),
                None => groups.push(Group { actions, fit: *fit }),
            }
        }
        groups.push(Group { actions: rest, fit: Fit::Any });
        Catalogue { groups, paths, pass_role: ActionId::find(PASS_ROLE) }
    })
}

/// The paths that are open.
pub(super) fn held<'p>(permissions: &Permissions<'p, '_>) -> Vec<Escalation<'p>> {
    let catalogue = catalogue();
    let usable = permissions.usable(&catalogue.groups);
    // For each action the best statement: the first without conditions, else the first.
    let mut best: BTreeMap<ActionId, &Allowance<'p, '_>> = BTreeMap::new();
    let mut passes = Vec::new();
    for (it, set) in &usable {
        for id in set.iter() {
            if Some(id) == catalogue.pass_role {
                passes.push(*it);
            }
            let known = best.entry(id).or_insert(it);
            if known.conditional && !it.conditional {
                *known = it;
            }
        }
    }

    let open = |(path, ids): &(&'static Path, Vec<ActionId>)| {
        let allowances = ids.iter().map(|id| {
            if Some(*id) == catalogue.pass_role {
                passing(permissions, &passes, path.passed_to)
            } else {
                best.get(id).copied()
            }
        });
        let allowances: Vec<_> = allowances.collect::<Option<_>>()?;
        let mut evidence: Vec<_> = allowances.iter().map(|it| it.source).collect();
        evidence.sort_unstable_by_key(|it| (it.policy, it.statement));
        evidence.dedup();
        Some(Escalation {
            path,
            conditional: allowances.iter().any(|it| it.conditional),
            everywhere: ids.iter().all(|id| permissions.everywhere.contains(*id)),
            evidence,
        })
    };
    catalogue.paths.iter().filter_map(open).collect()
}

/// The best statement by which a role may be passed to one of some services.
fn passing<'s, 'p, 'a>(
    permissions: &Permissions<'p, 'a>,
    passes: &[&'s Allowance<'p, 'a>],
    services: &[&str],
) -> Option<&'s Allowance<'p, 'a>> {
    let denied = |service: &&&str| permissions.denials.iter().any(|it| denies_passing(it, service));
    let services: Vec<_> = services.iter().filter(|service| !denied(service)).collect();
    let allowed = |it: &&&'s Allowance<'p, 'a>| {
        services.iter().any(|service| {
            it.statement.conditions.iter().all(|it| passes_to(it, service) != Some(false))
        })
    };
    let mut open = passes.iter().filter(allowed);
    let first = open.clone().next();
    open.find(|it| !it.conditional).or(first).copied()
}

/// Whether a Deny surely denies that any role is passed to a service.
fn denies_passing(statement: &Statement<'_>, service: &str) -> bool {
    let pass_role = |pattern: &Pattern<'_>| pattern.matches_ignoring_case(PASS_ROLE);
    let about_passing = match &statement.actions {
        Of::Only(named) => named.iter().any(pass_role),
        Of::AllBut(named) => !named.iter().any(pass_role),
    };
    about_passing
        && matches!(&statement.resources, Some(Of::Only(named))
            if named.iter().any(Pattern::is_everything))
        && statement.conditions.iter().all(|it| passes_to(it, service) == Some(true))
}

/// Whether a condition surely holds, or surely does not, where a role is passed to a
/// service. It is certain only of `iam:PassedToService`, which every such request has.
/// Source: *IAM and AWS STS condition context keys*.
fn passes_to(condition: &Condition<'_>, service: &str) -> Option<bool> {
    if !condition.is("iam:PassedToService") || condition.values.is_empty() {
        return None;
    }
    let matching: fn(&str, &str) -> bool = match condition.operator.test {
        Test::StringEquals | Test::StringNotEquals => |value, service| value == service,
        Test::StringEqualsIgnoreCase | Test::StringNotEqualsIgnoreCase => {
            |value, service| value.eq_ignore_ascii_case(service)
        }
        Test::StringLike | Test::StringNotLike => {
            |value, service| Pattern::new(value).matches(service)
        }
        _ => return None,
    };
    // As some services are called in China.
    let chinese = format!("{service}.cn");
    let values = &condition.values;
    let found = values.iter().any(|it| matching(it, service) || matching(it, &chinese));
    Some(found != condition.operator.test.is_negated())
}

/// The ways, by kind.
pub const PATHS: &[Path] = &[
    own("iam:CreatePolicyVersion", "write a new version of a policy that is attached to it"),
    own(
        "iam:SetDefaultPolicyVersion",
        "bring back an older version of its policy that allows more",
    ),
    own("iam:AttachUserPolicy", "attach AdministratorAccess to a user"),
    own("iam:AttachGroupPolicy", "attach AdministratorAccess to a group it is in"),
    own("iam:AttachRolePolicy", "attach AdministratorAccess to a role it can assume"),
    own("iam:PutUserPolicy", "write an inline policy into a user"),
    own("iam:PutGroupPolicy", "write an inline policy into a group it is in"),
    own("iam:PutRolePolicy", "write an inline policy into a role it can assume"),
    own("iam:AddUserToGroup", "join a group that may do more"),
    other("iam:CreateAccessKey", "make an access key for another user"),
    other("iam:CreateLoginProfile", "give another user a password"),
    other("iam:UpdateLoginProfile", "change the password of another user"),
    other("iam:UpdateAssumeRolePolicy", "let itself in to any role"),
    other("sts:AssumeRole", "assume any role that trusts the account"),
    pass(
        "iam:PassRole+ec2:RunInstances",
        EC2,
        "start an instance with a role and use the role there",
    ),
    pass(
        "iam:PassRole+ec2:RequestSpotInstances",
        EC2,
        "start a spot instance with a role and use the role there",
    ),
    pass(
        "iam:PassRole+autoscaling:CreateLaunchConfiguration+autoscaling:CreateAutoScalingGroup",
        EC2,
        "have instances with a role started by a new group",
    ),
    pass(
        "iam:PassRole+autoscaling:CreateLaunchConfiguration+autoscaling:UpdateAutoScalingGroup",
        EC2,
        "have instances with a role started by a group",
    ),
    pass(
        "iam:PassRole+lambda:CreateFunction+lambda:InvokeFunction",
        LAMBDA,
        "run code in a new function with a role",
    ),
    pass(
        "iam:PassRole+lambda:CreateFunction+lambda:CreateEventSourceMapping",
        LAMBDA,
        "have a new function with a role run by an event",
    ),
    pass(
        "iam:PassRole+lambda:CreateFunction+lambda:AddPermission",
        LAMBDA,
        "let itself run a new function with a role",
    ),
    pass(
        "iam:PassRole+glue:CreateDevEndpoint",
        GLUE,
        "log in to a new development endpoint with a role",
    ),
    pass("iam:PassRole+glue:CreateJob+glue:StartJobRun", GLUE, "run a new job with a role"),
    pass(
        "iam:PassRole+glue:CreateJob+glue:CreateTrigger",
        GLUE,
        "have a new job with a role started",
    ),
    pass("iam:PassRole+glue:UpdateJob+glue:StartJobRun", GLUE, "give a job a role and run it"),
    pass(
        "iam:PassRole+glue:UpdateJob+glue:CreateTrigger",
        GLUE,
        "give a job a role and have it started",
    ),
    pass(
        "iam:PassRole+cloudformation:CreateStack",
        CLOUDFORMATION,
        "have a stack built with a role",
    ),
    pass(
        "iam:PassRole+cloudformation:CreateStackSet+cloudformation:CreateStackInstances",
        CLOUDFORMATION,
        "have stacks built with a role",
    ),
    pass(
        "iam:PassRole+cloudformation:UpdateStackSet",
        CLOUDFORMATION,
        "have the stacks of a set rebuilt with a role",
    ),
    pass(
        "iam:PassRole+datapipeline:CreatePipeline+datapipeline:PutPipelineDefinition\
         +datapipeline:ActivatePipeline",
        &["datapipeline.amazonaws.com", "elasticmapreduce.amazonaws.com", "ec2.amazonaws.com"],
        "run commands in a pipeline with a role",
    ),
    pass(
        "iam:PassRole+codestar:CreateProject",
        &["codestar.amazonaws.com"],
        "have a project made with a role",
    ),
    pass(
        "iam:PassRole+codebuild:CreateProject+codebuild:StartBuild",
        CODEBUILD,
        "run a build with a role",
    ),
    pass(
        "iam:PassRole+codebuild:CreateProject+codebuild:StartBuildBatch",
        CODEBUILD,
        "run builds with a role",
    ),
    pass(
        "iam:PassRole+ecs:RegisterTaskDefinition+ecs:CreateService",
        ECS,
        "run a container with a role in a service",
    ),
    pass("iam:PassRole+ecs:RunTask", ECS, "run a task with another role or another command"),
    pass(
        "iam:PassRole+ecs:RegisterTaskDefinition+ecs:StartTask",
        ECS,
        "run a container with a role",
    ),
    pass(
        "iam:PassRole+ecs:StartTask+ecs:RegisterContainerInstance+ecs:DeregisterContainerInstance",
        ECS,
        "run a task with another role on a machine of its own",
    ),
    pass("iam:PassRole+sagemaker:CreateNotebookInstance", SAGEMAKER, "open a notebook with a role"),
    pass("iam:PassRole+sagemaker:CreateTrainingJob", SAGEMAKER, "run a training job with a role"),
    pass(
        "iam:PassRole+sagemaker:CreateProcessingJob",
        SAGEMAKER,
        "run a processing job with a role",
    ),
    pass(
        "iam:PassRole+apprunner:CreateService",
        &["tasks.apprunner.amazonaws.com"],
        "run a container with a role",
    ),
    pass(
        "iam:PassRole+bedrock-agentcore:CreateCodeInterpreter\
         +bedrock-agentcore:StartCodeInterpreterSession+bedrock-agentcore:InvokeCodeInterpreter",
        &["bedrock-agentcore.amazonaws.com"],
        "run code in a new interpreter with a role",
    ),
    pass(
        "iam:PassRole+cognito-identity:SetIdentityPoolRoles",
        &["cognito-identity.amazonaws.com"],
        "have an identity pool hand out a role",
    ),
    existing("lambda:UpdateFunctionCode", "run code of its own with the role of a function"),
    existing(
        "lambda:UpdateFunctionConfiguration",
        "add a layer of its own to a function with a role",
    ),
    existing("glue:UpdateDevEndpoint", "log in to a development endpoint with a role"),
    existing("cloudformation:UpdateStack", "have a stack rebuilt with the role it has"),
    existing(
        "cloudformation:CreateChangeSet+cloudformation:ExecuteChangeSet",
        "change a stack with the role it has",
    ),
    existing("codebuild:StartBuild", "run commands of its own in a build with a role"),
    existing("codebuild:StartBuildBatch", "run commands of its own in builds with a role"),
    existing("ecs:ExecuteCommand+ecs:DescribeTasks", "run commands in a container with a role"),
    existing(
        "ec2:ModifyInstanceAttribute+ec2:StopInstances+ec2:StartInstances",
        "have an instance with a role run its commands at the next start",
    ),
    existing(
        "ec2:CreateLaunchTemplateVersion+ec2:ModifyLaunchTemplate",
        "have new instances with a role run its commands",
    ),
    existing(
        "ec2-instance-connect:SendSSHPublicKey+ec2:DescribeInstances",
        "log in to an instance with a role",
    ),
    existing("ssm:StartSession", "log in to an instance with a role"),
    existing("ssm:SendCommand", "run commands on an instance with a role"),
    existing("sagemaker:CreatePresignedNotebookInstanceUrl", "open a notebook with a role"),
    existing(
        "sagemaker:CreateNotebookInstanceLifecycleConfig+sagemaker:StopNotebookInstance\
         +sagemaker:UpdateNotebookInstance+sagemaker:StartNotebookInstance",
        "have a notebook with a role run its commands at the next start",
    ),
    existing("apprunner:UpdateService", "run another container with the role of a service"),
    existing(
        "bedrock-agentcore:StartCodeInterpreterSession+bedrock-agentcore:InvokeCodeInterpreter",
        "run code in an interpreter with a role",
    ),
];

const EC2: &[&str] = &["ec2.amazonaws.com"];
const LAMBDA: &[&str] = &["lambda.amazonaws.com"];
const GLUE: &[&str] = &["glue.amazonaws.com"];
const CLOUDFORMATION: &[&str] = &["cloudformation.amazonaws.com"];
const CODEBUILD: &[&str] = &["codebuild.amazonaws.com"];
const ECS: &[&str] = &["ecs-tasks.amazonaws.com"];
const SAGEMAKER: &[&str] = &["sagemaker.amazonaws.com"];

const fn own(id: &'static str, how: &'static str) -> Path {
    Path { id, kind: Way::Own, how, passed_to: &[] }
}

const fn other(id: &'static str, how: &'static str) -> Path {
    Path { id, kind: Way::Other, how, passed_to: &[] }
}

const fn pass(id: &'static str, passed_to: &'static [&'static str], how: &'static str) -> Path {
    Path { id, kind: Way::PassRole, how, passed_to }
}

const fn existing(id: &'static str, how: &'static str) -> Path {
    Path { id, kind: Way::Existing, how, passed_to: &[] }
}
