package api

import (
	"time"

	"github.com/harrier-soar/harrier"
)

// Channel is a way to bring questions to people.
type Channel struct {
	ID         harrier.ChannelID `json:"id"`
	Name       string            `json:"name"`
	Kind       string            `json:"kind" enum:"slack,teams,mail"`
	Connection string            `json:"connection,omitempty" doc:"By which it is posted."`
	Place      string            `json:"place,omitempty" doc:"Where what is for several people is posted, such as the id of a chat's channel."`
	Assign     string            `json:"assign,omitempty" doc:"Whose questions go there; everybody's where it is absent."`
	BaseURL    string            `json:"base_url,omitempty" doc:"Where people reach the doors of this installation, for links."`
	Team       string            `json:"team,omitempty" doc:"The workspace or directory that messages must come from."`
	Path       string            `json:"path,omitempty" doc:"Where the product sends what people press or write, below the address of the doors."`
	CreatedAt  time.Time         `json:"created_at"`
	UpdatedAt  time.Time         `json:"updated_at"`
	Rev        int64             `json:"rev"`
}

// SetChannel adds a channel, or changes the one of its name.
type SetChannel struct {
	Name       string   `json:"name" minLength:"1" maxLength:"63"`
	Kind       string   `json:"kind" enum:"slack,teams,mail"`
	Connection string   `json:"connection,omitempty" maxLength:"200"`
	Place      string   `json:"place,omitempty" maxLength:"200"`
	Assign     string   `json:"assign,omitempty" maxLength:"200"`
	BaseURL    string   `json:"base_url,omitempty" maxLength:"500"`
	Team       string   `json:"team,omitempty" maxLength:"200"`
	Secret     Password `json:"secret,omitzero" doc:"What the product signs with: Slack's signing secret, or the token of an outgoing webhook of Teams. It is never shown."`
}

// ChannelPerson is an account of a channel's product, and whose it is.
type ChannelPerson struct {
	Account   string              `json:"account"`
	Principal harrier.PrincipalID `json:"principal,omitzero"`
	Name      string              `json:"name"`
	AddedAt   time.Time           `json:"added_at"`
}

// SetChannelPerson says whose an account is.
type SetChannelPerson struct {
	Account string              `json:"account" minLength:"1" maxLength:"200" doc:"The product's id of the account, such as U0123ABCD, or its mail address."`
	Whose   harrier.PrincipalID `json:"whose,omitzero" doc:"The id of the principal whose it is."`
	Address string              `json:"address,omitempty" maxLength:"254" doc:"The mail address of somebody who has no account here, instead of whose."`
	Me      bool                `json:"me,omitempty" doc:"It is yours, instead of whose."`
	Remove  bool                `json:"remove,omitempty" doc:"It is nobody's any more."`
}
