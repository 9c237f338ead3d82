module lambdagate.test/interop/signing-helper

go 1.21

require github.com/aws/rolesanywhere-credential-helper v1.0.4

require (
	github.com/aws/aws-sdk-go v1.44.57 // indirect
	github.com/jmespath/go-jmespath v0.4.0 // indirect
)
