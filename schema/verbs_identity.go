package schema

import "github.com/harrier-soar/harrier"

// identityVerbs look at accounts and act on them.
func identityVerbs() []Verb {
	verbs := []Verb{
		reading("identity.get_user", "Look up an account", []Field{userInput()}, userFields()...),
		reading("identity.sign_ins", "List an account's sign-ins", []Field{
			userInput(),
			may("since", TypeOf(Timestamp), "Only what happened at or after this time."),
			given("limit", TypeOf(Integer), int64(100), "At most this many, newest first."),
		}, must("sign_ins", ListOf(signIn()), "Attempts to sign in, newest first."),
			perhaps("truncated", TypeOf(Boolean), "Whether there are more.")),
		reading("identity.mfa_methods", "List an account's second factors", []Field{userInput()},
			must("methods", ListOf(ObjectOf(
				must("id", TypeOf(String), "The directory's id of the method."),
				must("kind", TypeOf(String), "What it is, such as phone, authenticator, fido2, email or password."),
				perhaps("detail", TypeOf(String), "Which one: a number, a device or a model."),
				perhaps("added", TypeOf(Timestamp), "When it was added, where the directory tells."),
			)), "The methods that are registered.")),
		reading("identity.grants", "List what an account has let applications do", []Field{userInput()},
			must("grants", ListOf(ObjectOf(
				must("id", TypeOf(String), "The directory's id of the grant."),
				must("application", TypeOf(String), "The application that may act for the account."),
				must("scopes", ListOf(TypeOf(String)), "What it may do."),
				perhaps("granted", TypeOf(Timestamp), "When it was granted, where the directory tells."),
			)), "The grants that are in force.")),
	}
	return append(append(verbs, identityContainment()...), identityTasks()...)
}

// userInput names an account.
func userInput() Field {
	return must("user", TypeOf(User), "Log-in name, mail address or the directory's id of the account.")
}

// userFields is what is known about an account.
func userFields() []Field {
	return []Field{
		must("user_id", TypeOf(String), "The directory's id of the account."),
		must("user", TypeOf(User), "Log-in name of the account."),
		perhaps("name", TypeOf(String), "Name of the person."),
		perhaps("email", TypeOf(Email), "Mail address of the person."),
		perhaps("enabled", TypeOf(Boolean), "Whether the account may sign in."),
		perhaps("locked", TypeOf(Boolean), "Whether the account is locked out."),
		perhaps("privileged", TypeOf(Boolean), "Whether the account has administrative rights."),
		perhaps("title", TypeOf(String), "What the person does."),
		perhaps("department", TypeOf(String), "Where the person works."),
		perhaps("manager", TypeOf(String), "Who manages the person."),
		perhaps("groups", ListOf(TypeOf(String)), "Groups that the account is in."),
		perhaps("created", TypeOf(Timestamp), "When the account was made."),
		perhaps("last_sign_in", TypeOf(Timestamp), "When the account last signed in."),
		perhaps("password_changed", TypeOf(Timestamp), "When the password was last changed."),
		perhaps("risk", oneOf("none", "low", "medium", "high"), "What the directory thinks of the account."),
		perhaps("phone", TypeOf(String), "Number at which the person is called back."),
		perhaps("language", TypeOf(String), "Language that the person prefers, as a BCP 47 tag such as de-DE."),
		perhaps("link", TypeOf(URL), "The directory's page about the account."),
	}
}

// signIn is one attempt to sign in.
func signIn() Type {
	return ObjectOf(
		must("at", TypeOf(Timestamp), "When it happened."),
		must("success", TypeOf(Boolean), "Whether it was let in."),
		perhaps("ip", TypeOf(IP), "Address that it came from."),
		perhaps("country", TypeOf(String), "ISO 3166 code of the country that it came from."),
		perhaps("application", TypeOf(String), "What was signed in to."),
		perhaps("client", TypeOf(String), "Browser or protocol."),
		perhaps("mfa", TypeOf(Boolean), "Whether a second factor was given."),
		perhaps("reason", TypeOf(String), "Why it was refused."),
		perhaps("risk", oneOf("none", "low", "medium", "high"), "What the directory thinks of it."),
	)
}

// identityContainment takes rights away and gives them back.
func identityContainment() []Verb {
	comment := may("comment", TypeOf(String), "Why; kept beside the change where the product can.")
	enabled := must("enabled", TypeOf(Boolean), "Whether the account may sign in now.")
	member := must("member", TypeOf(Boolean), "Whether the account is in the group now.")
	already := perhaps("already", TypeOf(Boolean), "Whether it was so before.")
	group := []Field{userInput(), must("group", TypeOf(String), "Name or the directory's id of the group."), comment}
	return []Verb{
		containing("identity.disable", "identity.enable", doing(Verb{Title: "Disable an account"},
			[]Field{userInput(), comment}, enabled, already)),
		containing("identity.enable", "identity.disable", doing(Verb{Title: "Enable an account"},
			[]Field{userInput(), comment}, enabled, already)),
		containing("identity.group_add", "identity.group_remove", doing(Verb{Title: "Put an account in a group"},
			group, member, already)),
		containing("identity.group_remove", "identity.group_add", doing(Verb{Title: "Take an account out of a group"},
			group, member, already)),
	}
}

// identityTasks change an account in ways that nothing reverses.
func identityTasks() []Verb {
	return []Verb{
		doing(Verb{Effect: harrier.Record, Name: "identity.unlock", Title: "Unlock an account"}, []Field{userInput()},
			must("locked", TypeOf(Boolean), "Whether the account is locked out now.")),
		doing(Verb{Effect: harrier.Destroy, Name: "identity.revoke_sessions", Title: "End all sessions of an account"}, []Field{userInput()},
			must("revoked", TypeOf(Boolean), "Whether all sessions were ended."),
			perhaps("at", TypeOf(Timestamp), "Sessions older than this are ended.")),
		doing(Verb{Effect: harrier.Destroy, Name: "identity.reset_password", Title: "Make an account choose a new password"}, []Field{
			userInput(), given("at_next_sign_in", TypeOf(Boolean), true, "Keep the old password until the next sign-in."),
		}, must("reset", TypeOf(Boolean), "Whether a new password is required now.")),
		doing(Verb{Effect: harrier.Destroy, Name: "identity.remove_mfa_method", Title: "Remove a second factor from an account"}, []Field{
			userInput(), must("method", TypeOf(String), "The directory's id of the method."),
			must("kind", TypeOf(String), "What it is, as identity.mfa_methods gave it."),
		}, must("removed", TypeOf(Boolean), "Whether the method is gone now.")),
		doing(Verb{Effect: harrier.Destroy, Name: "identity.revoke_grant", Title: "Take a grant from an application"}, []Field{
			userInput(), must("grant", TypeOf(String), "The directory's id of the grant."),
		}, must("revoked", TypeOf(Boolean), "Whether the grant is gone now.")),
	}
}
