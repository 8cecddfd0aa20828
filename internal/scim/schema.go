package scim

// Described returns the resource types, or the schemas, as JSON. They say what is
// heeded and nothing else.
func Described(kind string) string {
	switch kind {
	case "ResourceTypes":
		return resourceTypes
	case "Schemas":
		return schemas
	}
	return "[]"
}

const resourceTypes = `[
{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"User","name":"User","endpoint":"/Users","description":"A person","schema":"` + UserSchema + `","meta":{"resourceType":"ResourceType","location":"/scim/v2/ResourceTypes/User"}},
{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Group","name":"Group","endpoint":"/Groups","description":"A group of people","schema":"` + GroupSchema + `","meta":{"resourceType":"ResourceType","location":"/scim/v2/ResourceTypes/Group"}}]`

const schemas = `[
{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"` + UserSchema + `","name":"User","description":"A person","attributes":[
 {"name":"userName","type":"string","multiValued":false,"required":true,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"server","description":"What the directory calls the person; the account keeps the name it was made with"},
 {"name":"externalId","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"readWrite","returned":"default","uniqueness":"none","description":"The subject by which the provider knows the person"},
 {"name":"displayName","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none","description":"How the person is shown"},
 {"name":"name","type":"complex","multiValued":false,"required":false,"mutability":"readWrite","returned":"default","uniqueness":"none","description":"Another way to say how the person is shown","subAttributes":[
  {"name":"formatted","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none","description":"The whole"},
  {"name":"givenName","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"writeOnly","returned":"never","uniqueness":"none","description":"The given name"},
  {"name":"familyName","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"writeOnly","returned":"never","uniqueness":"none","description":"The family name"}]},
 {"name":"active","type":"boolean","multiValued":false,"required":false,"mutability":"readWrite","returned":"default","description":"Who is not active has no sessions, keys and votes"}]},
{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"` + GroupSchema + `","name":"Group","description":"A group of people","attributes":[
 {"name":"displayName","type":"string","multiValued":false,"required":true,"caseExact":true,"mutability":"readWrite","returned":"default","uniqueness":"server","description":"By this, or the externalId, the provider's settings say what the group grants"},
 {"name":"externalId","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"readWrite","returned":"default","uniqueness":"none","description":"What the directory calls the group"},
 {"name":"members","type":"complex","multiValued":true,"required":false,"mutability":"readWrite","returned":"default","uniqueness":"none","description":"The people","subAttributes":[
  {"name":"value","type":"string","multiValued":false,"required":true,"caseExact":true,"mutability":"immutable","returned":"default","uniqueness":"none","description":"The id of a user"}]}]}]`
