//! Which properties of which resources may name something local: AWS's own list
//! (<https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html>), with the ones that SAM adds
//! (<https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-cli-command-reference-sam-package.html>).

/// What is made of the file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pack {
    /// A folder or a single file becomes a zip; a zip or jar stays as it is.
    Code,
    /// A zip of code that a function or layer runs: like [`Pack::Code`], and what it imports must be there.
    Runnable,
    /// A file, as it is.
    File,
    /// A template, packaged itself.
    Template,
}

/// What the property holds afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `s3://bucket/key`
    Uri,
    /// `https://…/bucket/key`
    Url,
    /// A mapping with these two names for bucket and key.
    Object(&'static str, &'static str),
}

/// One property.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Location {
    pub resource: &'static str,
    /// Path below `Properties`, `*` for any name.
    pub property: &'static str,
    pub pack: Pack,
    pub form: Form,
    /// True if leaving it out means the template's own folder.
    pub defaults_to_folder: bool,
}

const fn location(resource: &'static str, property: &'static str, pack: Pack, form: Form) -> Location {
    Location { resource, property, pack, form, defaults_to_folder: false }
}

const S3: Form = Form::Object("S3Bucket", "S3Key");
const PLAIN: Form = Form::Object("Bucket", "Key");

/// All of them.
#[rustfmt::skip]
pub(crate) const LOCATIONS: &[Location] = &[
    Location { defaults_to_folder: true, ..location("AWS::Serverless::Function", "CodeUri", Pack::Runnable, Form::Uri) },
    location("AWS::Serverless::LayerVersion", "ContentUri", Pack::Runnable, Form::Uri),
    location("AWS::Serverless::Api", "DefinitionUri", Pack::File, Form::Uri),
    location("AWS::Serverless::HttpApi", "DefinitionUri", Pack::File, Form::Uri),
    location("AWS::Serverless::StateMachine", "DefinitionUri", Pack::File, Form::Uri),
    location("AWS::Serverless::GraphQLApi", "SchemaUri", Pack::File, Form::Uri),
    location("AWS::Serverless::GraphQLApi", "Functions.*.CodeUri", Pack::File, Form::Uri),
    location("AWS::Serverless::GraphQLApi", "Resolvers.*.*.CodeUri", Pack::File, Form::Uri),
    location("AWS::Serverless::Application", "Location", Pack::Template, Form::Url),
    location("AWS::CloudFormation::Stack", "TemplateURL", Pack::Template, Form::Url),
    location("AWS::CloudFormation::StackSet", "TemplateURL", Pack::Template, Form::Url),
    location("AWS::CloudFormation::ModuleVersion", "ModulePackage", Pack::Code, Form::Uri),
    location("AWS::CloudFormation::ResourceVersion", "SchemaHandlerPackage", Pack::Code, Form::Uri),
    Location { defaults_to_folder: true, ..location("AWS::Lambda::Function", "Code", Pack::Runnable, S3) },
    location("AWS::Lambda::LayerVersion", "Content", Pack::Runnable, S3),
    location("AWS::ApiGateway::RestApi", "BodyS3Location", Pack::File, PLAIN),
    location("AWS::ApiGatewayV2::Api", "BodyS3Location", Pack::File, PLAIN),
    location("AWS::StepFunctions::StateMachine", "DefinitionS3Location", Pack::File, PLAIN),
    location("AWS::AppSync::GraphQLSchema", "DefinitionS3Location", Pack::File, Form::Uri),
    location("AWS::AppSync::Resolver", "RequestMappingTemplateS3Location", Pack::File, Form::Uri),
    location("AWS::AppSync::Resolver", "ResponseMappingTemplateS3Location", Pack::File, Form::Uri),
    location("AWS::AppSync::Resolver", "CodeS3Location", Pack::File, Form::Uri),
    location("AWS::AppSync::FunctionConfiguration", "RequestMappingTemplateS3Location", Pack::File, Form::Uri),
    location("AWS::AppSync::FunctionConfiguration", "ResponseMappingTemplateS3Location", Pack::File, Form::Uri),
    location("AWS::AppSync::FunctionConfiguration", "CodeS3Location", Pack::File, Form::Uri),
    location("AWS::ElasticBeanstalk::ApplicationVersion", "SourceBundle", Pack::Code, S3),
    location("AWS::Glue::Job", "Command.ScriptLocation", Pack::File, Form::Uri),
    location("AWS::CodeCommit::Repository", "Code.S3", Pack::Code, PLAIN),
];

/// `Globals.Function.CodeUri` of a SAM template.
pub(crate) const GLOBAL_CODE: Location = location("Globals.Function", "CodeUri", Pack::Runnable, Form::Uri);

/// `Location` of an `AWS::Include` transform, anywhere.
pub(crate) const INCLUDE: Location = location("AWS::Include", "Location", Pack::File, Form::Uri);

/// Files that an `AWS::ServerlessRepo::Application` in the template's metadata names.
pub(crate) const REPOSITORY_METADATA: [Location; 2] = [
    location("AWS::ServerlessRepo::Application", "LicenseUrl", Pack::File, Form::Uri),
    location("AWS::ServerlessRepo::Application", "ReadmeUrl", Pack::File, Form::Uri),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_property_is_listed_twice() {
        for (index, one) in LOCATIONS.iter().enumerate() {
            let twice =
                LOCATIONS[..index].iter().any(|other| (other.resource, other.property) == (one.resource, one.property));
            assert!(!twice, "{} {}", one.resource, one.property);
        }
    }
}
