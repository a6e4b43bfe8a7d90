"""What a version tells of its signatures.

Source: TF Serving, `get_model_metadata_impl.cc` and, for the JSON, `http_rest_api_util.cc`: every field is printed,
by the name that it has in the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf import json_format
from tensorflow_serving.apis import get_model_metadata_pb2

from effnetv2_keras.serving.refusal import invalid
from effnetv2_keras.serving.servable import Servable

FIELD = "signature_def"


def metadata_message(servable: Servable, fields: Sequence[str] = (FIELD,)) -> Any:
    """Returns a `GetModelMetadataResponse`.

    Raises:
        Refusal: INVALID_ARGUMENT where no field is asked for, or another than the signatures.
    """
    if not fields:
        raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
    for name in fields:
        if name != FIELD:
            raise invalid(f"Metadata field {name} is not supported")
    answer = get_model_metadata_pb2.GetModelMetadataResponse()
    answer.model_spec.name = servable.name
    answer.model_spec.version.value = servable.version
    signatures = get_model_metadata_pb2.SignatureDefMap()
    for name, definition in servable.signatures.items():
        signatures.signature_def[name].CopyFrom(definition)
    answer.metadata[FIELD].Pack(signatures)
    return answer


def metadata_json(servable: Servable) -> bytes:
    """Returns the same as JSON.

    Args:
        servable: whose signatures are told.
    """
    options: dict[str, Any] = {"always_print_fields_with_no_presence": True, "preserving_proto_field_name": True}
    return json_format.MessageToJson(metadata_message(servable), **options).encode()
