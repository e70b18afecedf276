#!/usr/bin/env python3
"""What a release says of the project is what the project says of itself; nothing is built, tests/packaging/run.sh does that."""
import os
import re
import sys
import unittest

ROOT = sys.argv.pop()
sys.path.insert(0, os.path.join(ROOT, "packaging"))
sys.dont_write_bytecode = True
import build  # noqa: E402
import mcpb  # noqa: E402
import release  # noqa: E402


def read(*path):
    return release.read(os.path.join(ROOT, *path))


class Packaging(unittest.TestCase):
    def test_the_bundle_has_the_version_of_the_program(self):
        self.assertRegex(release.version(), r"^\d+\.\d+\.\d+$")
        self.assertEqual(mcpb.manifest()["version"], release.version())

    def test_the_bundle_names_the_tools_of_the_program(self):
        listed = re.search(r"set\(TOOLS ([a-z_ ]+)\)", read("CMakeLists.txt")).group(1).split()
        self.assertEqual(sorted(tool["name"] for tool in mcpb.manifest()["tools"]), sorted(name.replace("_", "-") for name in listed))

    def test_the_bundle_sets_what_the_program_reads(self):
        manifest, known = mcpb.manifest(), re.findall(r'environment = "(\w+)"', read("src", "config.c"))
        for variable, value in manifest["server"]["mcp_config"]["env"].items():
            self.assertIn(variable, known)
            self.assertIn(re.fullmatch(r"\$\{user_config\.(\w+)\}", value).group(1), manifest["user_config"])

    def test_every_source_is_pinned_by_its_checksum(self):
        for name, pins in release.pins().items():
            checksums = pins.get("wheels") or [archive["sha256"] for archive in pins["archives"]]
            self.assertTrue(checksums, name)
            for checksum in checksums:
                self.assertRegex(checksum, r"^[0-9a-f]{64}$", name)
            for archive in pins.get("archives", []):
                self.assertIn(pins["version"], archive["url"])

    def test_files_that_are_packed_exist(self):
        for path in build.PACKED.values():
            self.assertTrue(os.path.exists(os.path.join(ROOT, path)), path)

    def test_the_workflow_runs_what_is_here(self):
        workflow = read(".github", "workflows", "release.yml")
        for path in re.findall(r"(?:packaging|tests)/[\w./-]+", workflow):
            self.assertTrue(os.path.exists(os.path.join(ROOT, path)), path)
        self.assertIn("attest-build-provenance", workflow)


if __name__ == "__main__":
    unittest.main()
