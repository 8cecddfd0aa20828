package cli

import (
	"runtime/debug"

	"github.com/harrier-soar/harrier/internal/api"
)

// BuildVersion is what the Go tool wrote into this binary about itself.
func BuildVersion() api.Version {
	v := api.Version{Version: "dev"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Go = info.GoVersion
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Revision = s.Value
		}
	}
	return v
}
