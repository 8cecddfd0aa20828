package cli

import "github.com/spf13/cobra"

// commands is the table of all commands, in the order of the help.
func commands() []func(*shell) *cobra.Command {
	return []func(*shell) *cobra.Command{
		demoCommand,
		serveCommand,
		runCommand,
		runsCommand,
		approvalsCommand,
		channelCommand,
		containmentsCommand,
		alertsCommand,
		casesCommand,
		searchCommand,
		triageCommand,
		muteCommand,
		reviewCommand,
		riskCommand,
		onCallCommand,
		playbookCommand,
		changeCommand,
		sourceCommand,
		eventCommand,
		connectorCommand,
		mappingCommand,
		connectionCommand,
		emailCommand,
		organisationCommand,
		observablesCommand,
		assetCommand,
		userCommand,
		leaseCommand,
		intelCommand,
		listsCommand,
		accountCommand,
		loginCommand,
		logoutCommand,
		keyCommand,
		tenantCommand,
		auditCommand,
		doctorCommand,
		versionCommand,
		labCommand,
	}
}
