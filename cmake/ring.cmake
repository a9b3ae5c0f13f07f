# The tests that need several rooms, one folder of tests/ a ring:
# tests/RING/*_test.cc become the program wsfs_RING_test, labelled RING (for
# the ring model, which shares its name with a room, wsfs_model_ring_test).
#
# Rings that drive the built program itself (mount, compat) are Python and are
# run by ./dev.
function(wsfs_ring name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES" ${ARGN})
  list(TRANSFORM arg_DEPENDS PREPEND wsfs_)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*.cc)
  if(NOT sources)
    return()
  endif()
  set(target wsfs_${name}_test)
  if(TARGET ${target})
    set(target wsfs_${name}_ring_test)
  endif()
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${arg_DEPENDS} wsfs_warnings
    ${arg_LIBRARIES} GTest::gmock_main)
  target_compile_definitions(${target}
    PRIVATE WSFS_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/${name}")
  gtest_discover_tests(${target} DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${name}/" PROPERTIES LABELS ${name} TIMEOUT 300)
endfunction()

wsfs_ring(contract DEPENDS base model http auth api notebook store core server
  testing
  LIBRARIES fmt::fmt nlohmann_json::nlohmann_json CURL::libcurl)
wsfs_ring(model DEPENDS base model api notebook store core server testing
  LIBRARIES fmt::fmt nlohmann_json::nlohmann_json)
wsfs_ring(crash DEPENDS base model api notebook store core server testing
  LIBRARIES fmt::fmt nlohmann_json::nlohmann_json)

# What the executable model of the planner made of thousands of catalogues:
# packed in the repository, plain files for the tests.
set(wsfs_packed ${PROJECT_SOURCE_DIR}/tests/model/catalogues.tar.xz)
set(wsfs_catalogues ${PROJECT_BINARY_DIR}/catalogues)
add_custom_command(OUTPUT ${wsfs_catalogues}/unpacked
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${wsfs_catalogues}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${wsfs_catalogues}
  COMMAND ${CMAKE_COMMAND} -E chdir ${wsfs_catalogues}
          ${CMAKE_COMMAND} -E tar xf ${wsfs_packed}
  COMMAND ${CMAKE_COMMAND} -E touch ${wsfs_catalogues}/unpacked
  DEPENDS ${wsfs_packed} VERBATIM)
target_sources(wsfs_model_ring_test PRIVATE ${wsfs_catalogues}/unpacked)
set_source_files_properties(${PROJECT_SOURCE_DIR}/tests/model/planner_agreement_test.cc
  PROPERTIES COMPILE_DEFINITIONS WSFS_UNPACKED_CATALOGUES="${wsfs_catalogues}")
