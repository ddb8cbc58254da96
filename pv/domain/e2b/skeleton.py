"""The fixed parts of an E2B(R3) message: class codes, child order, constant elements (HL7 ICSR).

Source: domain 6.
"""

from pv.domain.e2b.systems import oid

NAMESPACE = "urn:hl7-org:v3"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
BATCH = "MCCI_IN200100UV01"
MESSAGE = "PORR_IN049016UV"

CHARACTERISTIC = 'classCode="OBS" moodCode="EVN"'
ORGANISATION = 'classCode="ORG" determinerCode="INSTANCE"'
PERSON = 'classCode="PSN" determinerCode="INSTANCE"'

CLASSES = {
    "act": 'classCode="ACT" moodCode="EVN"',
    "actReference": CHARACTERISTIC,
    "adverseEffectReference": CHARACTERISTIC,
    "adverseEventAssessment": 'classCode="INVSTG" moodCode="EVN"',
    "approval": 'classCode="CNTRCT" moodCode="EVN"',
    "asIdentifiedEntity": 'classCode="IDENT"',
    "asLocatedEntity": 'classCode="LOCE"',
    "asManufacturedProduct": 'classCode="MANU"',
    "asQualifiedEntity": 'classCode="QUAL"',
    "assignedEntity": 'classCode="ASSIGNED"',
    "assignedPerson": PERSON,
    "associatedPerson": PERSON,
    "causalityAssessment": CHARACTERISTIC,
    "characteristic": CHARACTERISTIC,
    "controlActEvent": 'classCode="CACT" moodCode="EVN"',
    "controlActProcess": 'classCode="CACT" moodCode="EVN"',
    "device": 'classCode="DEV" determinerCode="INSTANCE"',
    "document": 'classCode="DOC" moodCode="EVN"',
    "governingPlace": 'classCode="COUNTRY" determinerCode="INSTANCE"',
    "ingredient": 'classCode="ACTI"',
    "ingredientSubstance": 'classCode="MMAT" determinerCode="KIND"',
    "instanceOfKind": 'classCode="INST"',
    "investigationCharacteristic": CHARACTERISTIC,
    "investigationEvent": 'classCode="INVSTG" moodCode="EVN"',
    "kindOfProduct": 'classCode="MMAT" determinerCode="KIND"',
    "locatedEntity": 'classCode="LOCE"',
    "locatedPlace": 'classCode="COUNTRY" determinerCode="INSTANCE"',
    "location": 'classCode="COUNTRY" determinerCode="INSTANCE"',
    "manufacturerOrganization": ORGANISATION,
    "observation": CHARACTERISTIC,
    "observationEvent": CHARACTERISTIC,
    "observationRange": 'classCode="OBS" moodCode="EVN.CRT"',
    "organizer": 'classCode="CATEGORY" moodCode="EVN"',
    "part": 'classCode="PART"',
    "partDeviceInstance": 'classCode="DEV" determinerCode="INSTANCE"',
    "partProduct": 'classCode="DEV" determinerCode="KIND"',
    "player1": PERSON,
    "playingOrganization": ORGANISATION,
    "primaryRole": 'classCode="INVSBJ"',
    "productEvent": 'classCode="ACT" moodCode="EVN"',
    "productInstanceInstance": 'classCode="MMAT" determinerCode="INSTANCE"',
    "productUseReference": 'classCode="SBADM" moodCode="EVN"',
    "relatedInvestigation": 'classCode="INVSTG" moodCode="EVN"',
    "representedOrganization": ORGANISATION,
    "researchStudy": 'classCode="CLNTRL" moodCode="EVN"',
    "role": 'classCode="PRS"',
    "studyRegistration": 'classCode="ACT" moodCode="EVN"',
    "substanceAdministration": 'classCode="SBADM" moodCode="EVN"',
    "territorialAuthority": 'classCode="TERR"',
    "territory": 'classCode="NAT" determinerCode="INSTANCE"',
}
HOLDER_ROLE = 'classCode="HLD"'

# Children of an element in the schema's order; a tag missing here comes after those named.
ORDER = {
    BATCH: "id creationTime responseModeCode interactionId name " + MESSAGE + " receiver sender",
    MESSAGE: "id creationTime interactionId processingCode processingModeCode acceptAckCode "
    "receiver sender controlActProcess",
    "act": "code",
    "addr": "streetAddressLine city state postalCode country",
    "adverseEventAssessment": "subject1 component component1",
    "approval": "id holder author",
    "asIdentifiedEntity": "id code",
    "asManufacturedProduct": "manufacturerOrganization subjectOf",
    "assignedEntity": "code addr telecom assignedPerson representedOrganization",
    "assignedPerson": "name asQualifiedEntity asLocatedEntity",
    "associatedPerson": "name administrativeGenderCode birthTime",
    "causalityAssessment": "code value methodCode author subject1 subject2",
    "characteristic": "code value",
    "code": "originalText",
    "controlActEvent": "id author",
    "controlActProcess": "code effectiveTime subject",
    "document": "code title text bibliographicDesignationText",
    "ingredient": "quantity ingredientSubstance",
    "ingredientSubstance": "code name",
    "instanceOfKind": "productInstanceInstance kindOfProduct subjectOf",
    "investigationCharacteristic": "code value",
    "investigationEvent": "id code text statusCode effectiveTime availabilityTime reference "
    "component outboundRelationship subjectOf1 subjectOf2",
    "kindOfProduct": "code name formCode asManufacturedProduct instanceOfKind ingredient part",
    "manufacturerOrganization": "name addr",
    "name": "delimiter prefix given family",
    "observation": "id code text effectiveTime value interpretationCode performer author location "
    "referenceRange outboundRelationship1 outboundRelationship2 inboundRelationship",
    "observationEvent": "code value author",
    "observationRange": "value interpretationCode",
    "organizer": "code component",
    "outboundRelationship": "priorityNumber relatedInvestigation",
    "partProduct": "code name asManufacturedProduct instanceOfKind",
    "partDeviceInstance": "lotNumberText asInstanceOfKind",
    "kindOfMaterialKind": "code name",
    "player1": "name administrativeGenderCode birthTime deceasedTime asIdentifiedEntity role",
    "primaryRole": "player1 subjectOf1 subjectOf2",
    "productEvent": "code performer",
    "productInstanceInstance": "lotNumberText part",
    "quantity": "numerator denominator",
    "relatedInvestigation": "code subjectOf2",
    "representedOrganization": "name addr assignedEntity",
    "researchStudy": "id code title authorization",
    "role": "code associatedPerson subjectOf2",
    "studyRegistration": "id author",
    "substanceAdministration": "id text effectiveTime routeCode doseQuantity consumable "
    "outboundRelationship1 outboundRelationship2 inboundRelationship",
}

# Constant elements: parent, tag, attributes. They say nothing about the case.
CONSTANTS = {
    BATCH: (
        ("responseModeCode", {"code": "D"}),
        ("interactionId", {"extension": BATCH, "root": "2.16.840.1.113883.1.6"}),
    ),
    MESSAGE: (
        ("interactionId", {"extension": MESSAGE, "root": "2.16.840.1.113883.1.6"}),
        ("processingCode", {"code": "P"}),
        ("processingModeCode", {"code": "I"}),
        ("acceptAckCode", {"code": "AL"}),
    ),
    "controlActProcess": (
        ("code", {"code": "PORR_TE049016UV", "codeSystem": "2.16.840.1.113883.1.18"}),
    ),
    "investigationEvent": (
        ("code", {"code": "PAT_ADV_EVNT", "codeSystem": oid("ACT")}),
        ("statusCode", {"code": "active"}),
    ),
    "quantity": (("denominator", {"value": "1", "unit": "1"}),),
}

# What others write in the same place and mean the same: a message of current processing (T) and
# one of an initial load (I) carry the same report.
OTHER_SENDERS = {
    "processingModeCode": frozenset({"T"}),
    # EMA's converter from R2 names the batch's interaction in the message too.
    "interactionId": frozenset({BATCH}),
}

# Written even when nothing in them is known, because the schema demands them.
ALWAYS = frozenset(
    {
        "controlActProcess",
        "subject",
        "investigationEvent",
        "adverseEventAssessment",
        "subject1",
        "primaryRole",
        "player1",
        "receiver",
        "sender",
        "device",
        "creationTime",
    }
)
ALWAYS_IDS = frozenset({"C.1.1", "N.1.2", "N.1.3", "N.1.4", "N.2.r.1", "N.2.r.2", "N.2.r.3"})

# Children the schema demands wherever the parent stands.
DEMANDED = {
    "outboundRelationship": ("relatedInvestigation",),
    "role": ("associatedPerson",),
    "ingredient": ("ingredientSubstance",),
    "ingredientSubstance": ("name",),
    "observation": ("code",),
    "kindOfMaterialKind": ("code",),
}

# Attributes that steer the parser or repeat what a code says; they hold no element.
STRUCTURAL = frozenset(
    {
        "classCode",
        "moodCode",
        "determinerCode",
        "typeCode",
        "contextControlCode",
        "displayName",
        "codeSystemName",
        "codeSystem",
        "codeSystemVersion",
        "representation",
        "nullFlavor",
        "ITSVersion",
        f"{{{SCHEMA_INSTANCE}}}type",
        f"{{{SCHEMA_INSTANCE}}}schemaLocation",
        f"{{{SCHEMA_INSTANCE}}}nil",
    }
)

MATCH_CHILD = {"observationRange": "interpretationCode"}
PATHS = {
    "$C": "controlActProcess",
    "$I": "controlActProcess/subject(SUBJ)/investigationEvent",
    "$A": "$I/component(COMP)/adverseEventAssessment",
    "$P": "$A/subject1(SBJ)/primaryRole",
    "$Q": "$P/player1/role[PRN@PARENT]",
    "$S": "$I/subjectOf1(SUBJ)/controlActEvent{author}/author(AUT)/assignedEntity",
    "$W": "$AUTHOR",
    "$AUTHOR": "subjectOf2(SUBJ)/controlActEvent/author(AUT)/assignedEntity",
    "$STUDY": "subjectOf1(SBJ)/researchStudy",
    "$K": "consumable(CSM)/instanceOfKind/kindOfProduct",
    "$PERFORMER": "performer(PRF)/assignedEntity/representedOrganization",
    "$APPROVAL": "$K/asManufacturedProduct/subjectOf(SBJ)/approval",
    "$MAKER": "asManufacturedProduct/manufacturerOrganization",
}
