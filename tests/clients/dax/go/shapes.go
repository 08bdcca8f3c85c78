package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

var attributeValue = reflect.TypeFor[types.AttributeValue]()

// The members of outputs that are no pointers and mean something when they are 0.
var counts = map[string]bool{"Count": true, "ScannedCount": true}

// fromJSON sets a value of the SDK's input types, whose fields are called as the members of the API's JSON.
func fromJSON(text json.RawMessage, into reflect.Value) error {
	if into.Type() == attributeValue {
		value, err := attributeFromJSON(text)
		if err == nil {
			into.Set(reflect.ValueOf(value))
		}
		return err
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return fromJSON(text, into.Elem())
	case reflect.Struct:
		return structFromJSON(text, into)
	case reflect.Map:
		return mapFromJSON(text, into)
	case reflect.Slice:
		return sliceFromJSON(text, into)
	default:
		return json.Unmarshal(text, into.Addr().Interface())
	}
}

func structFromJSON(text json.RawMessage, into reflect.Value) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	for name, member := range members {
		field := into.FieldByName(name)
		if !field.IsValid() {
			return fmt.Errorf("%v has no %s", into.Type(), name)
		}
		if err := fromJSON(member, field); err != nil {
			return err
		}
	}
	return nil
}

func mapFromJSON(text json.RawMessage, into reflect.Value) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	into.Set(reflect.MakeMap(into.Type()))
	for name, member := range members {
		value := reflect.New(into.Type().Elem()).Elem()
		if err := fromJSON(member, value); err != nil {
			return err
		}
		into.SetMapIndex(reflect.ValueOf(name), value)
	}
	return nil
}

func sliceFromJSON(text json.RawMessage, into reflect.Value) error {
	var elements []json.RawMessage
	if err := json.Unmarshal(text, &elements); err != nil {
		return err
	}
	into.Set(reflect.MakeSlice(into.Type(), len(elements), len(elements)))
	for at, element := range elements {
		if err := fromJSON(element, into.Index(at)); err != nil {
			return err
		}
	}
	return nil
}

// attributeFromJSON reads {"S": ..} and the like. The SDK has a type for each, and JSON of its own for none.
func attributeFromJSON(text json.RawMessage) (types.AttributeValue, error) {
	var value struct {
		S    *string
		N    *string
		B    *string
		BOOL *bool
		NULL *bool
		L    *[]json.RawMessage
		M    *map[string]json.RawMessage
		SS   *[]string
		NS   *[]string
		BS   *[]string
	}
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	switch {
	case value.S != nil:
		return &types.AttributeValueMemberS{Value: *value.S}, nil
	case value.N != nil:
		return &types.AttributeValueMemberN{Value: *value.N}, nil
	case value.B != nil:
		bytes, err := unhex(*value.B)
		return &types.AttributeValueMemberB{Value: bytes}, err
	case value.BOOL != nil:
		return &types.AttributeValueMemberBOOL{Value: *value.BOOL}, nil
	case value.NULL != nil:
		return &types.AttributeValueMemberNULL{Value: *value.NULL}, nil
	case value.L != nil:
		list := &types.AttributeValueMemberL{Value: []types.AttributeValue{}}
		for _, element := range *value.L {
			element, err := attributeFromJSON(element)
			if err != nil {
				return nil, err
			}
			list.Value = append(list.Value, element)
		}
		return list, nil
	case value.M != nil:
		object := &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{}}
		for name, member := range *value.M {
			member, err := attributeFromJSON(member)
			if err != nil {
				return nil, err
			}
			object.Value[name] = member
		}
		return object, nil
	case value.SS != nil:
		return &types.AttributeValueMemberSS{Value: *value.SS}, nil
	case value.NS != nil:
		return &types.AttributeValueMemberNS{Value: *value.NS}, nil
	case value.BS != nil:
		set := &types.AttributeValueMemberBS{}
		for _, element := range *value.BS {
			bytes, err := unhex(element)
			if err != nil {
				return nil, err
			}
			set.Value = append(set.Value, bytes)
		}
		return set, nil
	}
	return nil, fmt.Errorf("no attribute value: %s", text)
}

func unhex(text string) ([]byte, error) {
	return hex.DecodeString(strings.TrimPrefix(text, "hex:"))
}

// toJSON gives what encoding/json writes as the API's JSON: members that are not set are left out.
func toJSON(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return nil
		}
		if kind, isAttribute := strings.CutPrefix(value.Elem().Type().Name(), "AttributeValueMember"); isAttribute {
			return map[string]any{kind: toJSON(value.Elem().FieldByName("Value"))}
		}
		return toJSON(value.Elem())
	case reflect.Struct:
		members := map[string]any{}
		for at := range value.NumField() {
			field := value.Type().Field(at)
			isSet := counts[field.Name] || !value.Field(at).IsZero()
			if field.IsExported() && field.Name != "ResultMetadata" && isSet {
				members[field.Name] = toJSON(value.Field(at))
			}
		}
		return members
	case reflect.Map:
		members := map[string]any{}
		for entries := value.MapRange(); entries.Next(); {
			members[entries.Key().String()] = toJSON(entries.Value())
		}
		return members
	case reflect.Slice:
		if bytes, isBinary := value.Interface().([]byte); isBinary {
			return "hex:" + hex.EncodeToString(bytes)
		}
		elements := []any{}
		for at := range value.Len() {
			elements = append(elements, toJSON(value.Index(at)))
		}
		return elements
	default:
		return value.Interface()
	}
}
