// Asks IAM Roles Anywhere for keys as AWS's own helper does: ENDPOINT, and the options of a
// configuration as JSON on stdin; the keys as JSON on stdout.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	helper "github.com/aws/rolesanywhere-credential-helper/aws_signing_helper"
)

type options struct {
	Certificate    string `json:"certificate"`
	PrivateKey     string `json:"private_key"`
	Chain          string `json:"chain"`
	RoleArn        string `json:"role_arn"`
	ProfileArn     string `json:"profile_arn"`
	TrustAnchorArn string `json:"trust_anchor_arn"`
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	var given options
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		fail(err)
	}
	keys, err := helper.GenerateCredentials(&helper.CredentialsOpts{
		CertificateId:       given.Certificate,
		PrivateKeyId:        given.PrivateKey,
		CertificateBundleId: given.Chain,
		RoleArn:             given.RoleArn,
		ProfileArnStr:       given.ProfileArn,
		TrustAnchorArnStr:   given.TrustAnchorArn,
		SessionDuration:     3600,
		Endpoint:            os.Args[1],
		Version:             "1.0.4",
	})
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(keys); err != nil {
		fail(err)
	}
}
