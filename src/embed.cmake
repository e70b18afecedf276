# Writes FILES (a list) as C string constants into SOURCE and declares them in HEADER. The bytes
# stand as numbers, so that no length limit of string literals applies.
set(source "#include \"embedded.h\"\n")
set(header "/* Made by src/embed.cmake. */\n#ifndef EMBEDDED_H\n#define EMBEDDED_H\n")
foreach(file ${FILES})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND source "const char embedded_${name}[] = {${bytes}0};\n")
    string(APPEND header "extern const char embedded_${name}[];\n")
endforeach()
file(WRITE ${SOURCE} "${source}")
file(WRITE ${HEADER} "${header}#endif\n")
