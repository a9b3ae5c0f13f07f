// What a program written with the official SDK for Go does in a workspace. Its
// host and token are in the environment; it ends with 0 if all was as it should.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"sort"

	"github.com/databricks/databricks-sdk-go"
	"github.com/databricks/databricks-sdk-go/apierr"
	"github.com/databricks/databricks-sdk-go/service/workspace"
)

const home = "/Shared/sdk-go"

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func same(got, want any) {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		log.Fatalf("got %v instead of %v", got, want)
	}
}

func main() {
	ctx := context.Background()
	w := databricks.Must(databricks.NewWorkspaceClient()).Workspace
	must(w.Mkdirs(ctx, workspace.Mkdirs{Path: home + "/d"}))

	// Files, as forms and as JSON; a notebook.
	text := bytes.Repeat([]byte("text "), 300_000)
	must(w.Upload(ctx, home+"/d/a.txt", bytes.NewReader(text),
		workspace.UploadFormat(workspace.ImportFormatRaw), workspace.UploadOverwrite()))
	must(w.Import(ctx, workspace.Import{Path: home + "/d/b.bin", Format: workspace.ImportFormatAuto,
		Content: base64.StdEncoding.EncodeToString([]byte{0, 1, 255}), Overwrite: true}))
	notebook := "# Databricks notebook source\nprint(1)\n"
	must(w.Upload(ctx, home+"/d/n", bytes.NewReader([]byte(notebook)), workspace.UploadOverwrite(),
		workspace.UploadLanguage(workspace.LanguagePython)))

	for path, want := range map[string][]byte{"a.txt": text, "b.bin": {0, 1, 255}, "n": []byte(notebook)} {
		reader, err := w.Download(ctx, home+"/d/"+path)
		must(err)
		got, err := io.ReadAll(reader)
		must(err)
		same(bytes.Equal(got, want), true)
	}

	listed, err := w.ListAll(ctx, workspace.ListWorkspaceRequest{Path: home + "/d"})
	must(err)
	var names []string
	for _, each := range listed {
		names = append(names, fmt.Sprint(each.ObjectType, " ", each.Path[len(home):]))
	}
	sort.Strings(names)
	same(names, []string{"FILE /d/a.txt", "FILE /d/b.bin", "NOTEBOOK /d/n"})

	must(w.Delete(ctx, workspace.Delete{Path: home + "/d/b.bin"}))
	_, err = w.GetStatusByPath(ctx, home+"/d/b.bin")
	same(apierr.IsMissing(err), true)
	same(w.Delete(ctx, workspace.Delete{Path: home + "/d"}) != nil, true)
	must(w.Delete(ctx, workspace.Delete{Path: home, Recursive: true}))
	_, err = w.GetStatusByPath(ctx, home)
	same(apierr.IsMissing(err), true)
}
