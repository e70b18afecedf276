"""The list of a binary's parts (SBOM), as SPDX 2.3 in JSON: what was linked in, from where, under which licence."""
import json
import time

import release

TITLES = {"curl": "libcurl", "mbedtls": "Mbed TLS", "jansson": "Jansson"}


def package(identifier, name, version, licence, place, checksum, reference):
    return {"SPDXID": "SPDXRef-" + identifier, "name": name, "versionInfo": version, "downloadLocation": place,
            "filesAnalyzed": False, "licenseConcluded": licence, "licenseDeclared": licence, "copyrightText": "NOASSERTION",
            "checksums": [{"algorithm": "SHA256", "checksumValue": checksum}],
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": reference}]}


def document(arch, program, used):
    """`used` names, for each source, the archive that it came from."""
    pins, version, checksum = release.pins(), release.version(), release.sha256_file(program)
    packages = [package("server", "mcp-spark-server", version, "Apache-2.0", release.repository(), checksum,
                        "pkg:generic/mcp-spark-server@%s?arch=%s&os=linux" % (version, arch))]
    relations = [("DOCUMENT", "DESCRIBES", "server")]
    for name in sorted(used):
        packages.append(package(name, TITLES[name], pins[name]["version"], pins[name]["license"], used[name]["url"],
                                used[name]["sha256"], "pkg:generic/%s@%s" % (name, pins[name]["version"])))
        relations.append(("server", "STATIC_LINK", name))
    # musl has no archive of its own: its sources come with the compiler, whose runtime (compiler-rt) is linked in, too.
    zig = pins["zig"]
    place = "https://pypi.org/project/ziglang/%s/" % zig["version"]
    packages.append(package("musl", "musl", zig["musl"], "MIT", place, zig["wheels"][0], "pkg:generic/musl@" + zig["musl"]))
    packages.append(package("zig", "zig", zig["version"], zig["license"], place, zig["wheels"][0], "pkg:pypi/ziglang@" + zig["version"]))
    relations += [("server", "STATIC_LINK", "musl"), ("zig", "BUILD_TOOL_OF", "server"), ("server", "STATIC_LINK", "zig")]
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": "mcp-spark-server-%s-linux-%s" % (version, arch),
            "documentNamespace": "%s/spdx/%s-%s-%s" % (release.repository(), version, arch, checksum[:16]),
            "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(release.epoch())),
                             "creators": ["Tool: mcp-spark-server/packaging"]},
            "packages": packages,
            "relationships": [{"spdxElementId": "SPDXRef-" + one, "relationshipType": kind, "relatedSpdxElement": "SPDXRef-" + other}
                              for one, kind, other in relations]}


def write(path, arch, program, used):
    release.write(path, json.dumps(document(arch, program, used), indent=2) + "\n")
