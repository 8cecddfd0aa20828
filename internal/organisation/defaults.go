package organisation

import (
	"slices"
	"strings"
)

// freemail lists domains where anybody gets an address.
func freemail() []string {
	return strings.Fields(`
		126.com 139.com 163.com abv.bg aim.com alice.it aliyun.com aol.com aol.de arcor.de att.net bellsouth.net bigpond.com bk.ru bluemail.ch
		bluewin.ch bol.com.br btinternet.com centrum.cz charter.net citromail.hu comcast.net cox.net daum.net docomo.ne.jp duck.com
		earthlink.net email.com email.cz email.de fastmail.com fastmail.fm foxmail.com free.fr freemail.hu freenet.de gmail.com gmx.at gmx.ch
		gmx.com gmx.de gmx.fr gmx.net gmx.us googlemail.com hanmail.net hey.com home.nl hotmail.be hotmail.ca hotmail.ch hotmail.co.uk
		hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hush.com hushmail.com i.ua icloud.com ig.com.br inbox.com inbox.lv
		inbox.ru interia.pl internet.ru juno.com keemail.me kpnmail.nl laposte.net libero.it list.ru live.be live.ca live.cn live.co.uk live.com
		live.com.au live.de live.fr live.it live.nl lycos.com mac.com mail.bg mail.com mail.de mail.ee mail.ru mail2world.com mailbox.org
		mailfence.com me.com msn.com myyahoo.com naver.com netscape.net neuf.fr nifty.com o2.pl onet.pl onionmail.org op.pl optonline.net
		orange.fr outlook.at outlook.be outlook.com outlook.com.br outlook.de outlook.dk outlook.es outlook.fr outlook.ie outlook.it outlook.jp
		outlook.kr outlook.pt outlook.sa passport.com planet.nl pm.me post.cz posteo.de posteo.net proton.me protonmail.ch protonmail.com qq.com
		rambler.ru rediffmail.com rocketmail.com runbox.com sapo.pt sbcglobal.net seznam.cz sfr.fr sina.cn sina.com sky.com skynet.be sohu.com
		t-online.de talktalk.net telenet.be telia.com terra.com.br tin.it tiscali.it tlen.pl tuta.com tuta.io tutamail.com tutanota.com
		tutanota.de ukr.net uol.com.br usa.com verizon.net virgilio.it virgin.net virginmedia.com volny.cz wanadoo.fr web.de windowslive.com
		wp.pl xs4all.nl xtra.co.nz ya.ru yahoo.ca yahoo.co.id yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.ar yahoo.com.au
		yahoo.com.br yahoo.com.mx yahoo.de yahoo.es yahoo.fr yahoo.ie yahoo.in yahoo.it yandex.com yandex.ru yeah.net ymail.com ziggo.nl
		zoho.com zohomail.com zohomail.eu`)
}

// FreemailProvider reports whether anybody gets an address under a domain, as far
// as Harrier knows without the organisation's own list.
func FreemailProvider(domain string) bool {
	return slices.Contains(freemail(), strings.ToLower(domain))
}

// shared lists hosts under which strangers keep pages, files or forms, or
// through which links of everybody pass.
func shared() []string {
	return strings.Fields(`
		1drv.ms acrobat.adobe.com airtable.com aliyuncs.com amazonaws.com amplifyapp.com app.box.com app.goo.gl appspot.com awstrack.me
		azureedge.net azurefd.net azurestaticapps.net azurewebsites.net backblazeb2.com bing.com bit.ly bitbucket.io blob.core.windows.net blogspot.com
		box.com buff.ly canva.com cdn.discordapp.com cloudapp.azure.com cloudapp.net cloudflare-ipfs.com cloudfront.net cognitoforms.com cutt.ly
		ddns.net digitaloceanspaces.com discord.com docs.google.com documentcloud.adobe.com docusign.com docusign.net drive.google.com dropbox.com
		dropboxusercontent.com duckdns.org dweb.link dynamics.com elasticbeanstalk.com evernote.com exct.net express.adobe.com facebook.com file.io
		firebaseapp.com firebasestorage.googleapis.com fly.dev force.com forms.gle forms.office.com formstack.com gitbook.io github.com github.io
		githubusercontent.com gitlab.io glitch.me godaddysites.com gofile.io goo.gl google.com herokuapp.com hsforms.com hubspotpagebuilder.com
		indd.adobe.com ipfs.io is.gd jotform.com linkedin.com linktr.ee list-manage.com live.com lnkd.in loca.lt mailchi.mp mailgun.org
		mediafire.com medium.com mega.nz microsoft.com myportfolio.com myqcloud.com myshopify.com netlify.app ngrok-free.app ngrok.app ngrok.io
		notion.site notion.so office.com ondigitalocean.app onedrive.live.com onmicrosoft.com onrender.com oraclecloud.com ow.ly pages.dev pastebin.com
		powerappsportals.com r2.dev rb.gy rentry.co repl.co replit.app rs6.net run.app s3.amazonaws.com safelinks.protection.outlook.com script.google.com
		sendgrid.net sharepoint.com shorturl.at sites.google.com smartsheet.com squarespace.com storage.googleapis.com strikingly.com surge.sh
		surveymonkey.com t.co t.ly t.me telegra.ph tinyurl.com transfer.sh translate.goog trycloudflare.com tumblr.com twitter.com typeform.com
		urldefense.com urldefense.proofpoint.com vercel.app wasabisys.com we.tl web.app web.core.windows.net webflow.io weebly.com weeblysite.com wetransfer.com
		wixsite.com wixstudio.com wordpress.com workers.dev wufoo.com x.com youtube.com zohopublic.com`)
}
