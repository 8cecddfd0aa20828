package cli

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func serveCommand(s *shell) *cobra.Command {
	var listen, cert, key, public, demand string
	var doors api.DoorListening
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the server of a data directory", Args: cobra.NoArgs,
		Long: "Run the server of a data directory until it is told to stop. It listens on a Unix socket in the directory, which its owner may\n" +
			"open; with --listen also on an address, for bearers of the token in the directory and for those who log in. Other machines may\n" +
			"reach it with TLS (--cert, --key), once somebody has an account. With --doors it listens for what sources send, and nothing else\n" +
			"is behind that address: other machines may reach it, with TLS.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.cfg.Serve == nil {
				return harrier.Errorf(harrier.Internal, "this build has no server")
			}
			if err := checkDemanded(demand); err != nil {
				return err
			}
			dir, err := s.dir()
			if err != nil {
				return err
			}
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return harrier.Errorf(harrier.Unavailable, "cannot make the data directory %s: %w", dir, err)
			}
			return s.cfg.Serve(cmd.Context(), ServeOptions{Dir: dir, Listen: listen, Certificate: cert, Key: key, Doors: doors, PublicURL: public, SecondFactor: demanded(demand), Log: s.serverLog(), Ready: func(r ServeReady) {
				fmt.Fprintf(s.cfg.Streams.Out, "ready: data %s, socket %s\n", dir, r.Socket)
				if r.URL != "" {
					fmt.Fprintf(s.cfg.Streams.Out, "ready: %s, token in %s\n", r.URL, r.TokenFile)
				}
				if !r.Setup.IsZero() {
					fmt.Fprintf(s.cfg.Streams.Out, "first account: harrier account setup NAME --url %s --token %s (until %s)\n", r.URL, r.Setup.Reveal(), stamp(r.SetupUntil))
				}
				if r.Doors != "" {
					fmt.Fprintf(s.cfg.Streams.Out, "ready: doors %s\n", r.Doors)
				}
			}})
		},
	}
	cmd.Flags().StringVar(&listen, "listen", s.env("HARRIER_LISTEN"), "an address to listen on too, such as 127.0.0.1:8080 ($HARRIER_LISTEN)")
	cmd.Flags().StringVar(&cert, "cert", s.env("HARRIER_CERT"), "the certificate for --listen, a PEM file; it is read again when it changes ($HARRIER_CERT)")
	cmd.Flags().StringVar(&key, "key", s.env("HARRIER_KEY"), "the key of that certificate ($HARRIER_KEY)")
	cmd.Flags().StringVar(&doors.Address, "doors", s.env("HARRIER_DOORS"), "an address to listen on for what sources send, such as :8443 ($HARRIER_DOORS)")
	cmd.Flags().StringVar(&doors.Certificate, "doors-cert", s.env("HARRIER_DOORS_CERT"), "the certificate for --doors, a PEM file; it is read again when it changes ($HARRIER_DOORS_CERT)")
	cmd.Flags().StringVar(&doors.Key, "doors-key", s.env("HARRIER_DOORS_KEY"), "the key of that certificate ($HARRIER_DOORS_KEY)")
	cmd.Flags().StringVar(&doors.ClientCA, "doors-ca", s.env("HARRIER_DOORS_CA"), "certificates by which those of senders are verified, a PEM file ($HARRIER_DOORS_CA)")
	cmd.Flags().StringVar(&public, "public-url", s.env("HARRIER_PUBLIC_URL"), "the address at which people reach this server, such as https://harrier.example; passkeys are made for it ($HARRIER_PUBLIC_URL)")
	cmd.Flags().StringVar(&demand, "second-factor", cmp.Or(s.env("HARRIER_SECOND_FACTOR"), access.Admin), "roles that need a passkey or a second factor from 14 days after the first log-in without, such as admin,responder, or none ($HARRIER_SECOND_FACTOR)")
	return cmd
}

// demanded are the roles of a list; none is none.
func demanded(list string) []string {
	if list == "none" {
		return nil
	}
	return strings.Split(list, ",")
}

// checkDemanded says what is wrong with a list of roles.
func checkDemanded(list string) error {
	for _, role := range demanded(list) {
		if !slices.Contains(access.Roles(), role) {
			return usagef("%q is not a role; --second-factor takes %s, with commas between, or none", role, strings.Join(access.Roles(), ", "))
		}
	}
	return nil
}
