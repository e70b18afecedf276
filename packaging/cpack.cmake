# The packages for Debian and Fedora: cpack -G DEB, cpack -G RPM, in a build folder. A static binary (packaging/build.py) needs none
# of the system's libraries; any other asks for those that it was linked with.
set(CPACK_PACKAGE_NAME mcp-spark-server)
set(CPACK_PACKAGE_VENDOR "The authors of mcp-spark-server")
set(CPACK_PACKAGE_CONTACT "The authors of mcp-spark-server <mcp-spark-server@users.noreply.github.com>" CACHE STRING "Maintainer of the packages")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "MCP server for Apache Spark, over REST")
set(CPACK_PACKAGE_DESCRIPTION
    "Lets an AI client work an Apache Spark: SQL in a warm session, data,
 ML pipelines, jobs, monitoring. It reaches a standalone cluster over HTTP,
 or starts a private Spark, which needs Java and PySpark.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES OFF)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "default-jre-headless, python3")
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE Apache-2.0)
set(CPACK_RPM_PACKAGE_SUGGESTS "java-17-headless, python3")
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /usr/share/zsh /usr/share/zsh/site-functions
    /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/man /usr/share/man/man1)
if(STATIC_PACKAGE)
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
    set(CPACK_RPM_PACKAGE_AUTOREQ OFF)
else()
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
    set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE amd64)
endif()
set(CPACK_RPM_PACKAGE_ARCHITECTURE ${CMAKE_SYSTEM_PROCESSOR})
include(CPack)
