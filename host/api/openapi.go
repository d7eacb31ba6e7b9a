package api

import (
	"context"
	"net/url"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// object is a JSON object.
type object = map[string]any

// openAPI answers POST <path>/oapi with the OpenAPI document of the endpoint.
func (q *request) openAPI() error {
	return q.with(func(_ context.Context, s *session, params url.Values) error {
		if err := q.noParams(params); err != nil {
			return err
		}
		return q.sendJSON(document(s, q.rest.opts.Secret != ""))
	})
}

// jsonType describes how values of a type look in a record.
func jsonType(t batch.Type) object {
	switch {
	case t.Kind == batch.Bool:
		return object{"type": "boolean"}
	case t.Kind == batch.Int128 || t.Kind == batch.Uint128:
		return object{"type": "string"}
	case t.Kind == batch.Int64:
		return object{"type": "integer", "format": "int64"}
	case t.Unsigned():
		return object{"type": "integer", "minimum": 0}
	case t.Integer():
		return object{"type": "integer", "format": "int32"}
	case t.Float():
		return object{"type": "number"}
	case t.Kind == batch.Decimal:
		return object{"oneOf": []object{{"type": "number"}, {"type": "string"}}}
	case t.Kind == batch.Timestamp:
		return object{"type": "string", "format": "date-time"}
	case t.Kind == batch.Date:
		return object{"type": "string", "format": "date"}
	case t.Kind == batch.UUID:
		return object{"type": "string", "format": "uuid"}
	case t.Kind == batch.Binary:
		return object{"type": "array", "items": object{"type": "integer", "minimum": 0, "maximum": 255}}
	case t.Kind == batch.Point:
		return object{"type": "object", "properties": object{"x": object{"type": "number"}, "y": object{"type": "number"}}}
	case t.Kind == batch.Duration:
		return object{"type": "object", "properties": object{"value": object{"type": "string"}, "time_unit": object{"type": "string"}}}
	case t.Kind == batch.JSON:
		return object{}
	}
	return object{"type": "string"}
}

func jsonContent(schema object) object {
	return object{"application/json": object{"schema": schema}}
}

func document(s *session, secured bool) object {
	e := s.endpoint
	record := object{}
	var required []string
	for _, c := range s.columns.visible {
		f := s.columns.schema.Fields[c]
		t := jsonType(f.Type)
		if f.Nullable {
			t["nullable"] = true
		}
		record[f.Name] = t
		required = append(required, f.Name)
	}
	record["__dozer_record_id"] = object{"type": "integer", "format": "uint64", "description": "xxhash64 of the record's key"}
	record["__dozer_record_version"] = object{"type": "integer", "format": "uint32", "description": "low 32 bits of the epoch of the last change"}
	required = append(required, "__dozer_record_id", "__dozer_record_version")

	ref := object{"$ref": "#/components/schemas/" + e.Name}
	list := object{"type": "array", "items": ref}
	failure := object{"description": "the mistake", "content": jsonContent(object{"$ref": "#/components/schemas/error"})}
	answer := func(description string, schema object) object {
		return object{
			"200": object{
				"description": description, "content": jsonContent(schema),
				"headers": object{
					headerEpoch: object{"description": "the epoch that was read", "schema": object{"type": "integer"}},
					headerNext:  object{"description": "the $after of the next page", "schema": object{"type": "string"}},
				},
			},
			"default": failure,
		}
	}
	minEpoch := object{"name": "min_epoch", "in": "query", "description": "wait until this epoch is visible", "schema": object{"type": "integer"}}
	post := func(summary string, responses object) object {
		return object{"post": object{
			"summary": summary, "parameters": []object{minEpoch}, "responses": responses,
			"requestBody": object{"content": object{"application/json": object{"schema": object{"$ref": "#/components/schemas/query"}}}},
		}}
	}
	paths := object{
		e.Path: object{"get": object{"summary": "The first records, in the order of the key", "parameters": []object{
			minEpoch,
			{"name": "$limit", "in": "query", "schema": object{"type": "integer"}},
			{"name": "$after", "in": "query", "schema": object{"type": "string"}},
		}, "responses": answer("records", list)}},
		e.Path + "/query": post("The records that match a query", answer("records", list)),
		e.Path + "/count": post("How many records match a query", answer("the number", object{"type": "integer"})),
		e.Path + "/phase": object{"post": object{"summary": "Snapshotting or Streaming", "responses": answer("the phase", object{"type": "string"})}},
	}
	if key := s.columns.schema.Key; len(key) > 0 {
		names := make([]string, len(key))
		parameters := []object{minEpoch}
		for i, k := range key {
			f := s.columns.schema.Fields[k]
			names[i] = "{" + f.Name + "}"
			parameters = append(parameters, object{"name": f.Name, "in": "path", "required": true, "schema": jsonType(f.Type)})
		}
		paths[e.Path+"/"+strings.Join(names, ",")] = object{"get": object{"summary": "The record with a key", "parameters": parameters, "responses": answer("the record", ref)}}
	}
	out := object{
		"openapi": "3.0.0",
		"info":    object{"title": e.Name, "version": "1"},
		"paths":   paths,
		"components": object{"schemas": object{
			e.Name:  object{"type": "object", "properties": record, "required": required},
			"query": querySchema(),
			"error": object{"type": "object", "properties": object{"error": object{"type": "object", "properties": object{
				"status": object{"type": "integer"}, "code": object{"type": "string"}, "message": object{"type": "string"},
			}}}},
		}},
	}
	if secured {
		out["components"].(object)["securitySchemes"] = object{"token": object{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
		out["security"] = []object{{"token": []string{}}}
	}
	return out
}

func querySchema() object {
	return object{"type": "object", "additionalProperties": false, "properties": object{
		"$filter":   object{"type": "object", "description": "{column: value}, {column: {op: value}}, $and, $or, $not"},
		"$order_by": object{"type": "object", "additionalProperties": object{"type": "string", "enum": []string{"asc", "desc"}}},
		"$limit":    object{"type": "integer", "minimum": 0},
		"$skip":     object{"type": "integer", "minimum": 0},
		"$after":    object{"oneOf": []object{{"type": "string"}, {"type": "integer"}}},
	}}
}
